// A gateway played by the test, for states of the console that a real one brings about slowly or never. It answers as
// proto/README.md says and pushes what it is told to; frames are given in the JSON mapping of the wire.
import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import type { AddressInfo } from 'node:net';
import type { Page, WebSocketRoute } from 'playwright-core';
import { ClientFrameSchema, ServerFrameSchema } from '../link/frames';
import { staticServer } from './support/static_files';

type Frame = Record<string, any>;

export interface Pages {
  url: string;
  stop(): Promise<void>;
}

/** The built pages, under the content policy of the real gateway. */
export async function servePages(dist: string): Promise<Pages> {
  const server = staticServer(dist);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export class Gateway {
  readonly asked: Frame[] = [];
  /** Refuses every connection. */
  down = false;
  private lines: WebSocketRoute[] = [];
  private readonly refusals = new Map<string, string>();
  private readonly offers = new Map<string, Frame>();

  /** @param state the welcome's fields, and `logs`: the entries of each conversation */
  constructor(readonly state: Frame) {
    state['status'] ??= { status: 'STATUS_AVAILABLE', reason: '' };
    state['logs'] ??= {};
    state['conversations'] ??= [];
  }

  async attach(page: Page): Promise<void> {
    await page.route('**/api/v1/login', async (route) => {
      const { password } = route.request().postDataJSON();
      if (password === 'right') return route.fulfill({ json: { token: 'token-1', expires_ms: Date.now() + 3_600_000 } });
      if (password === 'often')
        return route.fulfill({ status: 429, headers: { 'retry-after': '60' }, json: { error: 'too many' } });
      return route.fulfill({ status: 401, json: { error: 'wrong' } });
    });
    await page.routeWebSocket(/\/v1\/ws$/, (socket) => {
      if (this.down) return void socket.close({ code: 1013, reason: 'down' });
      this.lines.push(socket);
      socket.onMessage((bytes) => this.hear(socket, bytes as Buffer));
      socket.onClose(() => {
        this.lines = this.lines.filter((line) => line !== socket);
      });
    });
  }

  // ------------------------------------------------------------ what a test says

  push(body: Frame): void {
    for (const line of this.lines) this.send(line, 0, body);
  }

  /** Appends entries to a conversation's log and tells all lines but the one that posted. */
  say(conversation: string, entry: Frame, except?: WebSocketRoute): number {
    const log = (this.state['logs'][conversation] ??= []);
    log.push({ seq: log.length + 1, timeMs: String(Date.now()), ...entry });
    for (const line of this.lines) {
      if (line !== except) this.send(line, 0, { entries: { conversation, epoch: 1, entries: log.slice(-1) } });
    }
    return log.length;
  }

  offer(offer: Frame): void {
    this.offers.set(offer['conversation'], offer);
    this.push({ offer });
  }

  setStatus(status: string, reason = ''): void {
    this.state['status'] = { status, reason };
    this.push({ status: { status, reason } });
  }

  /** The next request of this kind gets an error. */
  refuse(kind: string, code: string): void {
    this.refusals.set(kind, code);
  }

  drop(code: number): void {
    for (const line of this.lines.splice(0)) void line.close({ code, reason: 'as the test said' });
  }

  last(kind: string): Frame | undefined {
    return this.asked.filter((body) => kind in body).at(-1)?.[kind];
  }

  // ------------------------------------------------------------ the wire

  private send(line: WebSocketRoute, ref: number, body: Frame): void {
    line.send(Buffer.from(toBinary(ServerFrameSchema, fromJson(ServerFrameSchema, { ref, ...body } as JsonObject))));
  }

  private hear(line: WebSocketRoute, bytes: Buffer): void {
    const { ref, ...body } = toJson(ClientFrameSchema, fromBinary(ClientFrameSchema, new Uint8Array(bytes))) as Frame;
    this.asked.push(body);
    const kind = Object.keys(body)[0] ?? '';
    const code = this.refusals.get(kind);
    this.refusals.delete(kind);
    if (code !== undefined) this.send(line, ref, { error: { code, message: 'as the test said' } });
    else this.answer(line, ref, kind, body[kind]);
  }

  private answer(line: WebSocketRoute, ref: number, kind: string, asked: Frame): void {
    switch (kind) {
      case 'hello':
        return this.welcome(line, ref, asked);
      case 'post':
        return this.post(line, ref, asked);
      case 'accept':
        return this.accept(line, ref, asked);
      case 'close':
        return this.close(line, ref, asked);
      case 'follow':
        return this.send(line, ref, { error: { code: 'NOT_FOUND' } });
      case 'setStatus':
        this.state['status'] = { status: asked['status'] ?? 'STATUS_OFFLINE', reason: asked['reason'] ?? '' };
    }
    this.send(line, ref, { done: {} });
  }

  private welcome(line: WebSocketRoute, ref: number, hello: Frame): void {
    const { logs, ...state } = this.state;
    const running = state['conversations'].filter((each: Frame) => each['state'] !== 'CONVERSATION_CLOSED');
    const limits = { textOctetsMax: 4000, messageOctetsMax: 65536 };
    const welcome = {
      session: 's',
      heartbeatMs: 20000,
      nowMs: String(Date.now()),
      limits,
      ...state,
      conversations: running,
    };
    this.send(line, ref, { welcome });
    for (const { id } of running) {
      const held = hello['positions']?.find((position: Frame) => position['conversation'] === id)?.seq ?? 0;
      const entries = (logs[id] ?? []).slice(held);
      if (entries.length > 0) this.send(line, 0, { entries: { conversation: id, epoch: 1, entries } });
    }
  }

  private post(line: WebSocketRoute, ref: number, { conversation, clientId, content }: Frame): void {
    const log: Frame[] = (this.state['logs'][conversation] ??= []);
    const known = log.find((entry) => entry['clientId'] === clientId);
    const seq = known?.['seq'] ?? this.say(conversation, { clientId, author: this.state['you'], content }, line);
    const timeMs = log[seq - 1]?.['timeMs'];
    this.send(line, ref, { ack: { conversation, clientId, epoch: 1, seq, timeMs, duplicate: known !== undefined } });
  }

  private accept(line: WebSocketRoute, ref: number, asked: Frame): void {
    const { conversation: id, expiresInMs: _e, preview: _p, ...facts } = this.offers.get(asked['conversation']) ?? {};
    const log: Frame[] = (this.state['logs'][id] ??= []);
    log.push({
      seq: log.length + 1,
      timeMs: String(Date.now()),
      author: { role: 'ROLE_SYSTEM' },
      assigned: { agent: this.state['you'] },
    });
    const conversation = {
      id,
      epoch: 1,
      state: 'CONVERSATION_ACTIVE',
      agent: this.state['you'],
      head: log.length,
      ...facts,
    };
    this.state['conversations'].push(conversation);
    this.send(line, ref, { conversation });
    this.send(line, 0, { entries: { conversation: id, epoch: 1, entries: log } });
  }

  private close(line: WebSocketRoute, ref: number, asked: Frame): void {
    const closed = this.state['conversations'].find((each: Frame) => each['id'] === asked['conversation']);
    closed.state = 'CONVERSATION_CLOSED';
    this.send(line, ref, { done: {} });
    closed.head = this.say(closed.id, { author: { role: 'ROLE_SYSTEM' }, closed: { by: 'ROLE_AGENT' } });
    this.push({ conversation: closed });
  }
}
