// A small shop in memory that speaks the wire, for looking at the widget in states that a real shop is seldom in. It numbers,
// remembers and deduplicates like the real one; who waits, for how long and who serves is for the test to say.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  ClientFrameSchema,
  ConversationState,
  type EntrySchema,
  ErrorCode,
  type Hello,
  type Post,
  Role,
  type ServerFrameSchema as Frames,
  ServerFrameSchema,
  SUBPROTOCOL,
  Trigger,
  type Wish,
} from '../../link/frames';
import { staticServer } from './static_files';

type Body = Extract<NonNullable<MessageInitShape<typeof Frames>['body']>, { case: string }>;
type EntryInit = MessageInitShape<typeof EntrySchema>;
type Value<C> = Extract<Body, { case: C }>['value'];

interface Talk {
  id: string;
  visitor: string;
  state: ConversationState;
  skill: string;
  wish?: Wish;
  agent?: { role: Role; id: string; name: string; persona: string };
  entries: EntryInit[];
  ids: Map<string, number>;
  lastNumbers: Map<string, number>;
  readByVisitor: number;
  readByAgent: number;
}
interface Visit {
  socket: WebSocket;
  visitor: string;
  device: string;
}

export const PERSONAS = [
  { id: 'ladylike', names: { zh: '淑女组', en: 'The Graceful' }, taglines: { zh: '慢慢说，我们有茶，也有耐心', en: 'Take your time. There is tea.' }, color: '#b76e8f' },
  { id: 'bold', names: { zh: '重口味', en: 'The Bold' }, taglines: { zh: '不绕弯，不客套，只推荐真能打的', en: 'Straight talk, extra spice.' }, color: '#c8372d' },
  { id: 'fresh', names: { zh: '小清新', en: 'The Fresh' }, taglines: { zh: '像清晨开窗，轻轻聊，慢慢变好看', en: 'Light as a window opened in the morning.' }, color: '#3f9c7a' },
  { id: 'crazy', names: { zh: '疯癫组', en: 'The Unhinged' }, taglines: { zh: '正经事交给我们，正经脸交给别人', en: 'Serious about skin. About nothing else.' }, color: '#7a4fd0' },
];
const SKILLS = [
  { id: 'presale', names: { zh: '选购咨询', en: 'Choosing a product' } },
  { id: 'aftersale', names: { zh: '售后与退换', en: 'Returns and exchanges' } },
  { id: 'logistics', names: { zh: '物流查询', en: 'Where is my parcel' } },
  { id: 'complaint', names: { zh: '投诉与建议', en: 'Something went wrong' } },
];
export const MINT = { role: Role.AGENT, id: 'bohe', name: '薄荷 Mint', persona: 'fresh' };

export class FakeShop {
  greeting = 'Hello and welcome to Petal Lab! You are in good hands; somebody from The Fresh will be with you soon.';
  /** While false, posts are stored but never acknowledged. */
  acknowledges = true;
  readonly posts: Post[] = [];
  availability: Value<'availability'> = {
    open: true, free: 3, etaP50Ms: 20_000,
    personas: [
      { persona: 'ladylike', free: 2, onShift: 2 },
      { persona: 'bold', free: 1, onShift: 2 },
      { persona: 'fresh', free: 0, onShift: 1, etaP50Ms: 40_000 },
      { persona: 'crazy', free: 0, onShift: 0 },
    ],
  };

  private visits = new Set<Visit>();
  private talks: Talk[] = [];
  private newVisitors = 0;

  private constructor(
    readonly url: string,
    private readonly end: () => Promise<void>,
    private readonly sockets: WebSocketServer,
  ) {}

  static async start(directory: string): Promise<FakeShop> {
    const http = staticServer(directory);
    const sockets = new WebSocketServer({ server: http, path: '/v1/ws', handleProtocols: () => SUBPROTOCOL });
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    const end = async () => {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    };
    const shop = new FakeShop(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, end, sockets);
    sockets.on('connection', (socket) => shop.welcome(socket));
    return shop;
  }

  stop(): Promise<void> {
    return this.end();
  }

  // ------------------------------------------------------------ what a test says

  /** The newest conversation. */
  get talk(): Talk {
    return this.talks[this.talks.length - 1]!;
  }
  get connections(): number {
    return this.visits.size;
  }
  setAvailability(availability: Value<'availability'>): void {
    this.availability = availability;
    for (const visit of this.visits) this.send(visit, { case: 'availability', value: availability });
  }
  queue(position: number, etaP50Ms: number, etaP90Ms: number, passedByPriority = false): void {
    this.tell({ case: 'queue', value: { conversation: this.talk.id, position, etaP50Ms, etaP90Ms, passedByPriority } });
  }
  assign(agent = MINT): void {
    this.talk.state = ConversationState.CONVERSATION_ACTIVE;
    this.talk.agent = agent;
    this.append({ author: { role: Role.SYSTEM }, body: { case: 'assigned', value: { agent } } });
    this.tellState();
  }
  says(text: string): void {
    this.append({ author: this.talk.agent, clientId: `agent-${this.talk.entries.length}`, body: { case: 'content', value: { kind: { case: 'text', value: text } } } });
  }
  auto(trigger: Trigger, text: string, persona = 'fresh'): void {
    this.append({ author: { role: Role.SYSTEM }, body: { case: 'autoReply', value: { trigger, text, persona } } });
  }
  types(on: boolean): void {
    this.tell({ case: 'typing', value: { conversation: this.talk.id, role: Role.AGENT, on } });
  }
  reads(): void {
    this.talk.readByAgent = this.talk.entries.length;
    this.tell({ case: 'readMark', value: { conversation: this.talk.id, role: Role.AGENT, seq: this.talk.readByAgent } });
  }
  closeTalk(by = Role.AGENT): void {
    this.talk.state = ConversationState.CONVERSATION_CLOSED;
    this.append({ author: { role: Role.SYSTEM }, body: { case: 'closed', value: { by } } });
    this.tellState();
  }
  /** Every line goes; with `accept` false nobody gets in any more. */
  cut(): void {
    for (const visit of this.visits) visit.socket.terminate();
  }
  refuse(refusing: boolean): void {
    this.sockets.options.verifyClient = refusing ? () => false : undefined;
  }

  // ------------------------------------------------------------ the wire

  private welcome(socket: WebSocket): void {
    let visit: Visit | undefined;
    socket.on('close', () => visit && this.visits.delete(visit));
    socket.on('message', (data: Buffer) => {
      const { ref, body } = fromBinary(ClientFrameSchema, new Uint8Array(data));
      if (body.case === 'hello') visit = this.hello(socket, ref, body.value);
      else if (visit) this.answer(visit, ref, body as never);
    });
  }

  private hello(socket: WebSocket, ref: number, hello: Hello): Visit {
    const visitor = hello.token || `visitor-${++this.newVisitors}`;
    const visit = { socket, visitor, device: hello.device };
    this.visits.add(visit);
    const running = this.talks.filter((talk) => talk.visitor === visitor && talk.state !== ConversationState.CONVERSATION_CLOSED);
    this.send(visit, {
      case: 'welcome',
      value: {
        session: 's', token: hello.token ? '' : visitor, heartbeatMs: 20_000, nowMs: BigInt(Date.now()),
        you: { role: Role.VISITOR, id: visitor },
        limits: { textOctetsMax: 4000, messageOctetsMax: 65_536, messagesPerSecond: 10, burst: 30 },
        shop: { id: 'demo', name: 'Petal Lab 花瓣研究所', skills: SKILLS, personas: PERSONAS, languages: ['zh', 'en'] },
        conversations: running.map((talk) => this.state(talk, visit)),
        availability: this.availability,
      },
    }, ref);
    for (const talk of running) this.sendAfter(visit, talk, hello.positions.find((each) => each.conversation === talk.id)?.seq ?? 0);
    return visit;
  }

  private answer(visit: Visit, ref: number, body: { case: string; value: never }): void {
    const asked = body.value as { conversation?: string; position?: { conversation: string; seq: number } };
    const id = asked.conversation ?? asked.position?.conversation;
    const talk = this.talks.find((each) => each.id === id && each.visitor === visit.visitor);
    const reply = (answer: Body) => this.send(visit, answer, ref);
    if (body.case === 'heartbeat') return reply({ case: 'done', value: {} });
    if (body.case === 'open') return this.open(visit, ref, body.value);
    if (!talk) return reply({ case: 'error', value: { code: ErrorCode.NOT_FOUND } });
    if (body.case === 'post') return this.post(visit, talk, body.value, reply);
    if (body.case === 'follow') {
      reply({ case: 'conversation', value: this.state(talk, visit) });
      return this.sendAfter(visit, talk, asked.position?.seq ?? 0);
    }
    if (body.case === 'changeWish') talk.wish = (body.value as { wish: Wish }).wish;
    if (body.case === 'markRead') talk.readByVisitor = (body.value as { seq: number }).seq;
    reply({ case: 'done', value: {} });
    if (body.case === 'changeWish') this.tellState();
    if (body.case === 'close') this.closeTalk(Role.VISITOR);
  }

  private open(visit: Visit, ref: number, asked: { skill: string; wish?: Wish }): void {
    let talk = this.talks.find((each) => each.visitor === visit.visitor && each.state !== ConversationState.CONVERSATION_CLOSED);
    const isNew = !talk;
    if (!talk) {
      talk = {
        id: `talk-${this.talks.length + 1}`, visitor: visit.visitor, state: ConversationState.CONVERSATION_WAITING,
        skill: asked.skill, wish: asked.wish, entries: [], ids: new Map(), lastNumbers: new Map(), readByVisitor: 0, readByAgent: 0,
      };
      this.talks.push(talk);
    }
    this.send(visit, { case: 'conversation', value: this.state(talk, visit) }, ref);
    if (isNew) {
      this.tellState();
      this.auto(Trigger.OPENED, this.greeting, asked.wish?.persona || 'fresh');
      this.queue(3, 40_000, 120_000);
    }
  }

  private post(visit: Visit, talk: Talk, post: Post, reply: (answer: Body) => void): void {
    this.posts.push(post);
    const ack = (seq: number, duplicate: boolean) => {
      if (this.acknowledges) reply({ case: 'ack', value: { conversation: talk.id, clientId: post.clientId, epoch: 1, seq, timeMs: BigInt(Date.now()), duplicate } });
    };
    const known = talk.ids.get(post.clientId);
    if (known) return ack(known, true);
    if (talk.state === ConversationState.CONVERSATION_CLOSED) return reply({ case: 'error', value: { code: ErrorCode.CLOSED } });
    const last = talk.lastNumbers.get(visit.device) ?? 0;
    if (post.number !== last + 1) return reply({ case: 'error', value: { code: ErrorCode.NUMBER_GAP, lastNumber: last } });
    talk.lastNumbers.set(visit.device, post.number);
    talk.ids.set(post.clientId, talk.entries.length + 1);
    this.append({ author: { role: Role.VISITOR, id: talk.visitor }, clientId: post.clientId, body: { case: 'content', value: post.content! } }, talk, visit);
    ack(talk.entries.length, false);
  }

  private append(entry: EntryInit, talk = this.talk, except?: Visit): void {
    talk.entries.push({ ...entry, seq: talk.entries.length + 1, timeMs: BigInt(Date.now()) });
    for (const visit of this.visits) {
      if (visit.visitor === talk.visitor && visit !== except) this.sendAfter(visit, talk, talk.entries.length - 1);
    }
  }

  private sendAfter(visit: Visit, talk: Talk, seq: number): void {
    const entries = talk.entries.slice(seq);
    if (entries.length > 0) this.send(visit, { case: 'entries', value: { conversation: talk.id, epoch: 1, entries } });
  }

  private state(talk: Talk, visit: Visit): Value<'conversation'> {
    const { id, state, skill, wish, agent, readByVisitor, readByAgent } = talk;
    const yourLastNumber = talk.lastNumbers.get(visit.device) ?? 0;
    return { id, epoch: 1, state, skill, wish, agent, readByVisitor, readByAgent, head: talk.entries.length, yourLastNumber };
  }

  private tellState(): void {
    for (const visit of this.visits) {
      if (visit.visitor === this.talk.visitor) this.send(visit, { case: 'conversation', value: this.state(this.talk, visit) });
    }
  }

  private tell(body: Body): void {
    for (const visit of this.visits) if (visit.visitor === this.talk.visitor) this.send(visit, body);
  }

  private send(visit: Visit, body: Body, ref = 0): void {
    visit.socket.send(toBinary(ServerFrameSchema, create(ServerFrameSchema, { ref, body })));
  }
}
