// Makes link/gen/frames_pb.ts from proto/frames.proto with Debian's protoc and the protobuf-es plugin.
// Skips the work when the output is newer than its source, so that every npm script may call it first.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const clients = join(dirname(fileURLToPath(import.meta.url)), '..');
const protoDir = join(clients, '..', 'proto');
const source = join(protoDir, 'frames.proto');
const outDir = join(clients, 'link', 'gen');
const output = join(outDir, 'frames_pb.ts');

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newestInput = Math.max(modified(source), modified(join(clients, 'package-lock.json')));

if (modified(output) <= newestInput) {
  mkdirSync(outDir, { recursive: true });
  const plugin = join(clients, 'node_modules', '.bin', 'protoc-gen-es');
  execFileSync(
    'protoc',
    [`--plugin=protoc-gen-es=${plugin}`, `-I${protoDir}`, `--es_out=${outDir}`, '--es_opt=target=ts', source],
    { stdio: 'inherit' },
  );
}
