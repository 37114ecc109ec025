// The real server as a child of the test, behind a wire that the test can cut, stall and re-plug.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIST } from './browser';

const BINARY = process.env['SWITCHBOARD'] ?? join(import.meta.dirname, '..', '..', '..', 'build', 'switchboard');
const START_WITHIN_MS = 30_000;

export class RealGateway {
  /** Agent's name -> password, as printed at the first start. */
  readonly passwords = new Map<string, string>();
  private child: ChildProcess | undefined;
  private readonly data = mkdtempSync(join(tmpdir(), 'sb-e2e-'));

  private constructor(readonly wire: Wire) {}

  static async start(): Promise<RealGateway> {
    if (!existsSync(BINARY)) throw new Error(`no server at ${BINARY}: build it, or name it in SWITCHBOARD`);
    const gateway = new RealGateway(await Wire.lay());
    await gateway.run();
    return gateway;
  }

  /** Where the shopper's browser goes; stays the same over restarts. */
  get url(): string {
    return `http://127.0.0.1:${this.wire.port}`;
  }

  /** kill -9, and a new one on the same data. */
  async crashAndRestart(): Promise<void> {
    await this.end('SIGKILL');
    this.wire.cut();
    await this.run();
  }

  /** Redis is emptied, as by a hand that was in the wrong window. */
  loseEverything(): void {
    execFileSync('redis-cli', ['-s', join(this.data, 'r.sock'), 'FLUSHALL']);
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await this.wire.remove();
    rmSync(this.data, { recursive: true, force: true });
  }

  private run(): Promise<void> {
    const child = spawn(BINARY, ['serve', '--port', '0', '--data', this.data, '--static', DIST], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let output = '';
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the server does not start:\n${errors}`)), START_WITHIN_MS);
      child.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${errors}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        for (const [, agent, password] of output.matchAll(/^ {2}(\w+) +((?:\w{4}-){3}\w{4})\n/gm)) this.passwords.set(agent!, password!);
        const port = /listening on http:\/\/[^:]+:(\d+)/.exec(output)?.[1];
        if (!port) return;
        this.wire.target = Number(port);
        clearTimeout(timer);
        child.removeAllListeners('exit');
        child.on('exit', (code, signal) => console.error(`the server ended by itself (${code ?? signal}):\n${errors.slice(-4_000)}`));
        resolve();
      });
    });
  }

  private end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.removeAllListeners('exit');
      child.on('exit', () => resolve());
      child.kill(signal);
    });
  }
}

/** A TCP wire between browser and server. */
export class Wire {
  target = 0;
  private pairs = new Set<[Socket, Socket]>();
  private refusing = false;
  private swallowing = false;

  private constructor(private readonly server: Server) {}

  static async lay(): Promise<Wire> {
    const server = createServer();
    const wire = new Wire(server);
    server.on('connection', (browser) => wire.plug(browser));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return wire;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  /** Everything that is open goes. */
  cut(): void {
    for (const [browser, server] of this.pairs) {
      browser.destroy();
      server.destroy();
    }
  }
  /** Nobody gets through any more, until told otherwise. */
  refuse(on: boolean): void {
    this.refusing = on;
  }
  /** What the browser sends arrives, what the server answers does not: the way an acknowledgement gets lost. */
  swallowAnswers(on: boolean): void {
    this.swallowing = on;
  }
  async remove(): Promise<void> {
    this.cut();
    await new Promise((done) => this.server.close(done));
  }

  private plug(browser: Socket): void {
    if (this.refusing) return void browser.destroy();
    const server = connect(this.target, '127.0.0.1');
    const pair: [Socket, Socket] = [browser, server];
    this.pairs.add(pair);
    browser.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => this.swallowing || browser.write(bytes));
    const end = () => {
      this.pairs.delete(pair);
      browser.destroy();
      server.destroy();
    };
    for (const socket of pair) socket.on('close', end).on('error', end);
  }
}
