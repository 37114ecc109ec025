// A gateway played by the test, for states of the console that a real one brings about slowly or never: a page server with
// the strict content policy, and a WebSocket end that answers as proto/README.md says and pushes what it is told to.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, createFileRegistry, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const here = fileURLToPath(new URL('.', import.meta.url));
const protoDir = join(here, '..', '..', 'proto');

function readContract() {
  const dir = mkdtempSync(join(tmpdir(), 'console-gateway-'));
  const out = join(dir, 'frames.bin');
  execFileSync('protoc', [`-I${protoDir}`, `--descriptor_set_out=${out}`, join(protoDir, 'frames.proto')]);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(out)));
  rmSync(dir, { recursive: true });
  return {
    client: registry.getMessage('switchboard.v1.ClientFrame'),
    server: registry.getMessage('switchboard.v1.ServerFrame'),
  };
}
const contract = readContract();

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
export const contentPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";

/** Serves the built pages and the log-in. @returns {Promise<{url: string, stop(): Promise<void>}>} */
export async function servePages(dist) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://page').pathname;
    if (path === '/api/v1/login') return login(request, response);
    const file = normalize(join(dist, path.endsWith('/') ? `${path}index.html` : path));
    try {
      if (!file.startsWith(normalize(dist))) throw new Error('outside');
      const body = readFileSync(file);
      response.writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': contentPolicy,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

function login(request, response) {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    const { password } = JSON.parse(body);
    const json = { 'content-type': 'application/json' };
    if (password === 'right')
      return response.writeHead(200, json).end(JSON.stringify({ token: 'token-1', expires_ms: Date.now() + 3_600_000 }));
    if (password === 'often') return response.writeHead(429, { ...json, 'retry-after': '60' }).end('{"error":"too many"}');
    return response.writeHead(401, json).end('{"error":"wrong"}');
  });
}

/** The gateway's side of all lines of one page. Frames are given in the JSON mapping. */
export class Gateway {
  lines = [];
  asked = [];
  down = false;
  refuseNext = new Map(); // body's name -> error code
  mute = new Set(); // bodies that get no reply

  constructor(state) {
    this.state = { conversations: [], logs: {}, status: { status: 'STATUS_AVAILABLE' }, ...state };
  }

  async attach(page) {
    await page.routeWebSocket(/\/v1\/ws$/, (socket) => {
      if (this.down) return socket.close({ code: 1013, reason: 'down' });
      this.lines.push(socket);
      socket.onMessage((bytes) => this.hear(socket, bytes));
      socket.onClose(() => (this.lines = this.lines.filter((line) => line !== socket)));
    });
  }

  push(body) {
    for (const line of this.lines) this.send(line, 0, body);
  }

  /** Adds entries to a conversation's log and pushes them. */
  say(conversation, ...entries) {
    const log = (this.state.logs[conversation] ??= []);
    const added = entries.map((entry) => ({ seq: log.length + 1, timeMs: String(Date.now()), ...entry }));
    for (const entry of added) log.push({ ...entry, seq: log.length + 1 });
    this.push({ entries: { conversation, epoch: 1, entries: log.slice(-added.length) } });
  }

  drop(code = 1012) {
    for (const line of this.lines.splice(0)) line.close({ code, reason: 'test' });
  }

  last(kind) {
    return this.asked.filter((body) => kind in body).at(-1)?.[kind];
  }

  send(line, ref, body) {
    line.send(Buffer.from(toBinary(contract.server, fromJson(contract.server, { ref, ...body }))));
  }

  hear(line, bytes) {
    const { ref, ...body } = toJson(contract.client, fromBinary(contract.client, new Uint8Array(bytes)));
    this.asked.push(body);
    const kind = Object.keys(body)[0];
    if (this.mute.has(kind)) return;
    const refusal = this.refuseNext.get(kind);
    if (refusal !== undefined) {
      this.refuseNext.delete(kind);
      return this.send(line, ref, { error: { code: refusal, message: 'as the test said' } });
    }
    this.answer(line, ref, kind, body[kind]);
  }

  answer(line, ref, kind, asked) {
    const { state } = this;
    const find = (id) => state.conversations.find((conversation) => conversation.id === id);
    if (kind === 'hello') {
      const { logs, ...welcome } = state;
      this.send(line, ref, {
        welcome: {
          session: 's',
          heartbeatMs: 20000,
          nowMs: String(Date.now()),
          limits: { textOctetsMax: 4000 },
          ...welcome,
        },
      });
      for (const { id } of state.conversations) {
        const held = asked.positions?.find((position) => position.conversation === id)?.seq ?? 0;
        const entries = (logs[id] ?? []).slice(held);
        if (entries.length > 0) this.send(line, 0, { entries: { conversation: id, epoch: 1, entries } });
      }
    } else if (kind === 'post') {
      const log = (state.logs[asked.conversation] ??= []);
      const timeMs = String(Date.now());
      const known = log.find((entry) => entry.clientId === asked.clientId);
      const seq = known?.seq ?? log.length + 1;
      if (!known) log.push({ seq, timeMs, clientId: asked.clientId, author: state.you, content: asked.content });
      this.send(line, ref, {
        ack: { conversation: asked.conversation, clientId: asked.clientId, epoch: 1, seq, timeMs, duplicate: !!known },
      });
    } else if (kind === 'accept') {
      const offer = this.offers.get(asked.conversation);
      const { expiresInMs, preview, conversation: id, ...rest } = offer;
      const log = state.logs[id] ?? [];
      log.push({
        seq: log.length + 1,
        timeMs: String(Date.now()),
        author: { role: 'ROLE_SYSTEM' },
        assigned: { agent: state.you },
      });
      state.logs[id] = log;
      const conversation = { id, epoch: 1, state: 'CONVERSATION_ACTIVE', agent: state.you, ...rest, head: log.length };
      state.conversations.push(conversation);
      this.send(line, ref, { conversation });
      this.send(line, 0, { entries: { conversation: id, epoch: 1, entries: log } });
    } else if (kind === 'setStatus') {
      state.status = { status: asked.status, reason: asked.reason ?? '' };
      this.send(line, ref, { done: {} });
    } else if (kind === 'close') {
      this.send(line, ref, { done: {} });
      find(asked.conversation).state = 'CONVERSATION_CLOSED';
      this.say(asked.conversation, { author: { role: 'ROLE_SYSTEM' }, closed: { by: 'ROLE_AGENT' } });
      this.push({ conversation: find(asked.conversation) });
    } else if (kind === 'follow') {
      this.send(
        line,
        ref,
        find(asked.position.conversation)
          ? { conversation: find(asked.position.conversation) }
          : { error: { code: 'NOT_FOUND' } },
      );
    } else {
      this.send(line, ref, { done: {} });
    }
  }

  offers = new Map();
  offer(offer) {
    this.offers.set(offer.conversation, offer);
    this.push({ offer });
  }
}
