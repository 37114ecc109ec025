// What an app holds: one Link per signed-in person and tab. It joins the session (the line), the logs (what was said) and the
// outgoing posts (what still has to arrive), and tells the app what changed.
import { create } from '@bufbuild/protobuf';
import { CLOSE_CONTINUITY_LOST } from './backoff';
import type { Dial, Environment } from './environment';
import { LiveConversation, type ConversationView } from './conversation';
import {
  type Ack,
  type AgentStatus,
  type Availability,
  type Conversation as ConversationFrame,
  ConversationState,
  type Entries,
  type Entry,
  ErrorCode,
  type Offer,
  OfferSchema,
  type OfferEnd,
  type Request,
  type RequestOf,
  Role,
  type ServerBody,
  type Status,
  type Welcome,
  type Decision,
  type Why,
} from './frames';
import { type LogEntry, toLogEntry } from './log';
import { Outgoing, type OutgoingStore, type OwnPost } from './outgoing';
import { Refused, Unanswered } from './requests';
import { Session, type SessionState } from './session';

/** Keeps the sign-in over reloads. */
export interface TokenStore {
  get(): string;
  set(token: string): void;
}

export interface LinkOptions {
  shop: string;
  /** This tab or device, 8 to 40 of [A-Za-z0-9_-], the same over reconnects and reloads. */
  device: string;
  /** Name and version of the app, for operators. */
  client: string;
  language: string;
  name?: string;
  dial: Dial;
  environment: Environment;
  tokens: TokenStore;
  outgoing: OutgoingStore;
}

export type LinkEvent =
  | { kind: 'state'; state: SessionState }
  | { kind: 'welcome'; welcome: Welcome }
  /** Anything about a conversation but its entries: facts, queue, typing, marks, pending posts. */
  | { kind: 'conversation'; id: string }
  /** Entries became visible. `fresh`: they happened while we were live, so a sound or a badge is due. */
  | { kind: 'entries'; id: string; entries: readonly LogEntry[]; fresh: boolean }
  /** We are no participant of this one any more. */
  | { kind: 'gone'; id: string }
  | { kind: 'availability'; availability: Availability }
  | { kind: 'offer'; offer: Offer }
  | { kind: 'offer end'; end: OfferEnd }
  | { kind: 'status'; status: Status };

/** Own acknowledgements normally close a gap at once; one that stays this long is asked for. */
const GAP_PATIENCE_MS = 2_000;
/** The server takes no more in one hello; of what is not named it sends everything again, which is harmless. */
const POSITIONS_MAX = 16;
const READ_MARK_EVERY_MS = 1_000;

export class Link {
  /** The newest welcome: who we are, the shop, limits, quick replies. */
  welcome: Welcome | undefined;
  availability: Availability | undefined;
  status: Status | undefined;
  /** Offers that wait for an answer, by conversation. */
  readonly offers = new Map<string, Offer>();

  private readonly session: Session;
  private readonly outgoing: Outgoing;
  private readonly held = new Map<string, LiveConversation>();
  private readonly listeners = new Set<(event: LinkEvent) => void>();
  private readonly gapChecks = new Set<string>();
  private readonly readMarks = new Map<string, { toldAtMs: number; due: boolean }>();
  private continuityLost = false;
  /** The client id of an open that has no answer yet. */
  private opening: string | undefined;
  /** Heads at the last welcome: entries up to there are history. */
  private readonly historyHeads = new Map<string, number>();
  private clockOffsetMs = 0;
  private language: string;

  constructor(private readonly options: LinkOptions) {
    this.language = options.language;
    this.outgoing = new Outgoing({
      environment: options.environment,
      store: options.outgoing,
      send: (post) => this.sendPost(post),
      acknowledged: (post, ack) => this.takeAck(post, ack),
      changed: (id) => this.tell({ kind: 'conversation', id }),
    });
    this.session = new Session({
      dial: options.dial,
      environment: options.environment,
      hello: () => this.hello(),
      changed: (state) => this.stateChanged(state),
      received: (body) => this.receive(body),
    });
  }

  // ------------------------------------------------------------ the line

  get state(): SessionState {
    return this.session.state;
  }
  get isLive(): boolean {
    return this.session.state.at === 'live';
  }
  /** The server's clock, as well as we know it. */
  get nowMs(): number {
    return this.options.environment.now() + this.clockOffsetMs;
  }
  get you(): Welcome['you'] {
    return this.welcome?.you;
  }

  start(): void {
    this.session.start();
  }
  stop(): void {
    this.session.stop();
  }
  /** Waiting to reconnect? Try now. */
  hurry(): void {
    this.session.hurry();
  }
  /** The network may have changed under us: make sure within seconds. */
  doubt(): void {
    this.session.doubt();
  }

  /** The language of the next sign-in. The server speaks it from then on; `now` signs in again at once. */
  speak(language: string, now: boolean): void {
    if (language === this.language) return;
    this.language = language;
    if (now) this.session.renew('another language');
  }

  /** @returns how to stop listening. A listener must not throw. */
  subscribe(listener: (event: LinkEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // ------------------------------------------------------------ what is known

  get conversations(): readonly ConversationView[] {
    return [...this.held.values()];
  }
  conversation(id: string): ConversationView | undefined {
    return this.held.get(id);
  }
  /** Lets go of a conversation that the app does not show any more. */
  forget(id: string): void {
    this.held.delete(id);
  }

  // ------------------------------------------------------------ requests; all reject with Refused or Unanswered

  /** The visitor's open conversation, a new one or the one she already has. */
  async open({ skill, wish }: RequestOf<'open'>): Promise<ConversationView> {
    // Kept until there is an answer: asked again after a lost line it is still the same wish to talk (W22).
    this.opening ??= this.options.environment.newId();
    try {
      const body = await this.session.request({ case: 'open', value: { skill, wish, clientId: this.opening } });
      this.opening = undefined;
      if (body.case !== 'conversation') throw new Unanswered('an answer of another kind');
      return this.hold(body.value.id);
    } catch (failure) {
      if (failure instanceof Refused) this.opening = undefined;
      throw failure;
    }
  }
  async changeWish(conversation: string, wish: NonNullable<RequestOf<'changeWish'>['wish']>): Promise<void> {
    await this.session.request({ case: 'changeWish', value: { conversation, wish } });
  }
  async close(conversation: string): Promise<void> {
    await this.session.request({ case: 'close', value: { conversation } });
  }
  async setStatus(status: AgentStatus, reason = ''): Promise<void> {
    await this.session.request({ case: 'setStatus', value: { status, reason } });
  }
  async accept(offer: { conversation: string; fence: number }): Promise<void> {
    await this.session.request({ case: 'accept', value: { conversation: offer.conversation, fence: offer.fence } });
    this.offers.delete(offer.conversation);
  }
  async decline(offer: { conversation: string; fence: number }, reason = ''): Promise<void> {
    await this.session.request({ case: 'decline', value: { conversation: offer.conversation, fence: offer.fence, reason } });
    this.offers.delete(offer.conversation);
  }
  /** Why this conversation came to this agent: the record of the decision (W29). */
  async askWhy(conversation: string): Promise<Why> {
    const body = await this.session.request({ case: 'askWhy', value: { conversation } });
    if (body.case !== 'why') throw new Unanswered('an answer of another kind');
    return body.value;
  }
  /** Supervisors: the shop's latest decisions, the newest first, of those before this one if one is named (W29). */
  async askDecisions(limit: number, before = ''): Promise<Decision[]> {
    const body = await this.session.request({ case: 'askDecisions', value: { limit, before } });
    if (body.case !== 'decisions') throw new Unanswered('an answer of another kind');
    return body.value.decisions;
  }
  /** Asks for everything from our position on; also how an app opens a conversation that the welcome did not name. */
  async follow(conversation: string): Promise<void> {
    const { epoch, position } = this.hold(conversation).log;
    await this.session.request({ case: 'follow', value: { position: { conversation, epoch, seq: position } } });
  }
  /** Any request of the wire, for what has no method here. */
  request(body: Request): Promise<ServerBody> {
    return this.session.request(body);
  }

  // ------------------------------------------------------------ messages

  /** Shown as pending at once, sent when there is a line, repeated until there is an answer. */
  post(conversation: string, text: string): OwnPost {
    this.held.get(conversation)?.ownTyping.done();
    return this.outgoing.add(conversation, text);
  }
  retry(conversation: string, clientId: string): void {
    this.outgoing.retry(conversation, clientId);
    this.session.hurry();
  }
  discard(conversation: string, clientId: string): void {
    this.outgoing.discard(conversation, clientId);
  }
  /** Call at every keystroke; the link tells the other side sparingly and ends it by itself. */
  typed(conversation: string): void {
    this.held.get(conversation)?.ownTyping.typed();
  }
  /** The box was emptied. */
  stoppedTyping(conversation: string): void {
    this.held.get(conversation)?.ownTyping.done();
  }
  /** Everything visible has been seen by us. */
  markRead(id: string): void {
    const conversation = this.held.get(id);
    const role = this.you?.role;
    if (!conversation || !role || !conversation.markRead(role, conversation.log.position)) return;
    this.sendReadMark(conversation, role);
    this.tell({ kind: 'conversation', id });
  }

  // ------------------------------------------------------------ inside

  private hello(): RequestOf<'hello'> {
    const { shop, device, name = '', client, tokens } = this.options;
    const { language } = this;
    const positions = [...this.held.values()]
      .filter((conversation) => conversation.log.epoch > 0 && !isOver(conversation) && !this.continuityLost)
      .slice(-POSITIONS_MAX)
      .map(({ id, log }) => ({ conversation: id, epoch: log.epoch, seq: log.position }));
    return { shop, device, name, language, client, token: tokens.get(), positions };
  }

  private stateChanged(state: SessionState): void {
    if (state.at !== 'live') this.outgoing.lineIsDown();
    if (state.at === 'waiting to reconnect') this.continuityLost = state.closeCode === CLOSE_CONTINUITY_LOST;
    this.tell({ kind: 'state', state });
  }

  private receive(body: ServerBody): void {
    switch (body.case) {
      case 'welcome':
        return this.takeWelcome(body.value);
      case 'conversation':
        return this.takeConversation(body.value);
      case 'entries':
        return this.takeEntries(body.value);
      case 'reset':
        return this.takeReset(body.value.conversation, body.value.epoch);
      case 'queue':
        this.held.get(body.value.conversation)?.takeQueue(body.value);
        return this.tell({ kind: 'conversation', id: body.value.conversation });
      case 'typing':
        return this.held.get(body.value.conversation)?.setTyping(body.value.role, body.value.on);
      case 'readMark':
        this.held.get(body.value.conversation)?.markRead(body.value.role, body.value.seq);
        return this.tell({ kind: 'conversation', id: body.value.conversation });
      case 'availability':
        this.availability = body.value;
        return this.tell({ kind: 'availability', availability: body.value });
      case 'offer':
        this.offers.set(body.value.conversation, body.value);
        return this.tell({ kind: 'offer', offer: body.value });
      case 'offerEnd':
        if (this.offers.get(body.value.conversation)?.fence === body.value.fence) this.offers.delete(body.value.conversation);
        return this.tell({ kind: 'offer end', end: body.value });
      case 'status':
        this.status = body.value;
        return this.tell({ kind: 'status', status: body.value });
    }
  }

  private takeWelcome(welcome: Welcome): void {
    this.welcome = welcome;
    this.clockOffsetMs = Number(welcome.nowMs) - this.options.environment.now();
    if (welcome.token) this.options.tokens.set(welcome.token);
    if (welcome.availability) this.availability = welcome.availability;
    if (welcome.status) this.status = welcome.status;
    this.offers.clear();
    this.historyHeads.clear();
    for (const info of welcome.conversations) {
      this.historyHeads.set(info.id, info.head);
      this.takeConversation(info);
    }
    this.tell({ kind: 'welcome', welcome });
    this.outgoing.lineIsUp();
    this.askAfterTheMissing(new Set(welcome.conversations.map((info) => info.id)));
    for (const conversation of this.held.values()) this.repeatReadMark(conversation);
  }

  /** What we hold open and the welcome does not name was closed or given away meanwhile: hear its end, or that it is gone. */
  private askAfterTheMissing(named: Set<string>): void {
    for (const conversation of this.held.values()) {
      if (named.has(conversation.id) || isOver(conversation)) continue;
      this.follow(conversation.id).catch((error: unknown) => {
        if (!(error instanceof Refused)) return;
        conversation.gone = true;
        this.tell({ kind: 'gone', id: conversation.id });
      });
    }
  }

  private takeConversation(info: ConversationFrame): void {
    const conversation = this.hold(info.id);
    conversation.take(info);
    this.keepOffer(info);
    this.outgoing.numberedUpTo(info.id, info.yourLastNumber);
    this.tell({ kind: 'conversation', id: info.id });
  }

  /** After a reconnect the welcome alone tells of an offer that still stands; when it ends is then not known (0). */
  private keepOffer(info: ConversationFrame): void {
    if (info.state !== ConversationState.CONVERSATION_OFFERED) {
      this.offers.delete(info.id);
      return;
    }
    if (this.you?.role !== Role.AGENT || this.offers.get(info.id)?.fence === info.fence) return;
    const { id: conversation, fence, skill, wish, visitor, tier, enteredMs, returning } = info;
    const offer = create(OfferSchema, { conversation, fence, skill, wish, visitor, tier, enteredMs, returning });
    this.offers.set(conversation, offer);
    this.tell({ kind: 'offer', offer });
  }

  private takeEntries(page: Entries): void {
    const conversation = this.hold(page.conversation);
    if (conversation.log.epoch !== 0 && conversation.log.epoch !== page.epoch) this.takeReset(page.conversation, page.epoch);
    this.show(conversation, page.epoch, page.entries.map((entry: Entry) => toLogEntry(entry)));
  }

  private takeReset(id: string, epoch: number): void {
    this.hold(id).reset(epoch);
    this.tell({ kind: 'conversation', id });
    this.outgoing.offerAgain(id);
  }

  private show(conversation: LiveConversation, epoch: number, entries: readonly LogEntry[]): void {
    const { id } = conversation;
    for (const entry of entries) this.outgoing.settle(id, entry.clientId, entry.seq);
    const shown = conversation.log.add(epoch, entries);
    for (const entry of shown) conversation.apply(entry);
    if (shown.length > 0) {
      const fresh = shown.some((entry) => entry.seq > (this.historyHeads.get(id) ?? 0));
      this.tell({ kind: 'entries', id, entries: shown, fresh });
    }
    if (conversation.log.hasGap) this.checkGapSoon(conversation);
  }

  private checkGapSoon(conversation: LiveConversation, asked = false): void {
    const { id } = conversation;
    if (this.gapChecks.has(id)) return;
    this.gapChecks.add(id);
    this.options.environment.after(GAP_PATIENCE_MS, () => {
      this.gapChecks.delete(id);
      if (!conversation.log.hasGap || !this.isLive) return;
      // Entries that this very line posted are not sent to it: if asking did not help, a new line will.
      if (asked) return this.session.renew('a gap that stays');
      this.follow(id).catch(() => undefined);
      this.checkGapSoon(conversation, true);
    });
  }

  private async sendPost(post: OwnPost): Promise<Ack> {
    post.fence = this.held.get(post.conversation)?.info.fence ?? post.fence;
    const body = await this.session.request({
      case: 'post',
      value: {
        conversation: post.conversation,
        clientId: post.clientId,
        number: post.number,
        fence: post.fence,
        content: { kind: { case: 'text', value: post.text } },
      },
    });
    if (body.case !== 'ack') throw new Unanswered('an answer of another kind');
    return body.value;
  }

  /** The acknowledgement stands for the entry, which is not sent to the line that posted it. */
  private takeAck(post: OwnPost, ack: Ack): void {
    const conversation = this.hold(post.conversation);
    const { log } = conversation;
    if (log.epoch !== 0 && log.epoch !== ack.epoch) return; // a reset is on its way and brings the entry
    const entry: LogEntry = {
      seq: ack.seq,
      timeMs: Number(ack.timeMs),
      clientId: post.clientId,
      author: this.you,
      body: { case: 'content', value: { $typeName: 'switchboard.v1.Content', kind: { case: 'text', value: post.text } } },
    };
    this.show(conversation, ack.epoch, [entry]);
  }

  private repeatReadMark(conversation: LiveConversation): void {
    const role = this.you?.role;
    if (role !== Role.VISITOR && role !== Role.AGENT) return;
    const [ours, theirs] =
      role === Role.VISITOR
        ? [conversation.readByVisitor, conversation.info.readByVisitor]
        : [conversation.readByAgent, conversation.info.readByAgent];
    if (ours > theirs && !isOver(conversation)) this.sendReadMark(conversation, role);
  }

  private sendReadMark(conversation: LiveConversation, role: Role): void {
    if (!this.isLive) return; // repeated after the next welcome
    const { id } = conversation;
    const { environment } = this.options;
    const mark = this.readMarks.get(id) ?? { toldAtMs: -Infinity, due: false };
    this.readMarks.set(id, mark);
    if (mark.due) return;
    const waitMs = mark.toldAtMs + READ_MARK_EVERY_MS - environment.now();
    if (waitMs > 0) {
      mark.due = true;
      environment.after(waitMs, () => {
        mark.due = false;
        this.sendReadMark(conversation, role);
      });
      return;
    }
    mark.toldAtMs = environment.now();
    const seq = role === Role.VISITOR ? conversation.readByVisitor : conversation.readByAgent;
    this.session.request({ case: 'markRead', value: { conversation: id, seq } }).catch(() => undefined);
  }

  private hold(id: string): LiveConversation {
    const known = this.held.get(id);
    if (known) return known;
    const conversation = new LiveConversation(
      id,
      this.options.environment,
      () => this.outgoing.pending(id),
      (on) => {
        if (this.isLive) this.session.request({ case: 'setTyping', value: { conversation: id, on } }).catch(() => undefined);
      },
      () => this.tell({ kind: 'conversation', id }),
    );
    this.held.set(id, conversation);
    return conversation;
  }

  private tell(event: LinkEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

/** Closed, and its last entry is held: nothing more will come. */
function isOver(conversation: LiveConversation): boolean {
  return (
    conversation.gone ||
    (conversation.info.state === ConversationState.CONVERSATION_CLOSED &&
      conversation.log.position >= conversation.info.head)
  );
}

/** Refusals that mean "this conversation is over for you", whatever was asked. */
export function meansOver(error: unknown): boolean {
  return error instanceof Refused && [ErrorCode.CLOSED, ErrorCode.NOT_FOUND].includes(error.code);
}
