// This device's own messages until the server has them for good: numbered, repeated under the same client id until there is
// an answer, kept in a store so that a reload or a crash of the tab loses none.
import type { Cancel, Environment } from './environment';
import { type Ack, ErrorCode } from './frames';
import { Refused } from './requests';

export interface OwnPost {
  readonly conversation: string;
  readonly clientId: string;
  readonly text: string;
  readonly writtenMs: number;
  /** This device's counter in the conversation; may change while nothing was accepted under it. */
  number: number;
  state: 'waiting' | 'sending' | 'acknowledged' | 'refused';
  /** Of the assignment, for agents. */
  fence: number;
  seq: number;
  refusal: ErrorCode;
}

/** Survives a reload. `save` is called after each change with all posts of this device. */
export interface OutgoingStore {
  load(): OwnPost[];
  save(posts: readonly OwnPost[]): void;
}

export interface OutgoingOptions {
  environment: Environment;
  store: OutgoingStore;
  /** Rejects with Refused (a definite no) or with anything else (unknown: will be repeated). */
  send(post: OwnPost): Promise<Ack>;
  /** Called before the post leaves `pending`, so that the log has it in time. */
  acknowledged(post: OwnPost, ack: Ack): void;
  changed(conversation: string): void;
}

/** Posts on the way per conversation: enough to hide a round trip, few enough to repeat. */
const WINDOW = 4;
/** A server that lost a tail gets these again (same client ids: what it still has is a duplicate). */
const OFFER_AGAIN_WITHIN_MS = 10 * 60_000;
const ACKNOWLEDGED_KEPT_MAX = 50;
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 15_000;

const PASSING = [ErrorCode.BUSY, ErrorCode.TRY_AGAIN, ErrorCode.INTERNAL, ErrorCode.NOT_SIGNED_IN];

export class Outgoing {
  private posts: OwnPost[];
  private live = false;
  private pauses = new Map<string, { cancel: Cancel; times: number; over: boolean }>();
  private lastNumbers = new Map<string, number>();

  constructor(private readonly options: OutgoingOptions) {
    this.posts = options.store.load();
    for (const post of this.posts) if (post.state === 'sending') post.state = 'waiting';
  }

  /** Not yet acknowledged, oldest first: waiting, sending, refused. */
  pending(conversation: string): OwnPost[] {
    return this.posts.filter((post) => post.conversation === conversation && post.state !== 'acknowledged');
  }

  /** Conversations for which something is still to be sent. */
  conversationsWithPending(): string[] {
    return [...new Set(this.posts.filter((post) => post.state !== 'acknowledged').map((post) => post.conversation))];
  }

  add(conversation: string, text: string): OwnPost {
    const { environment } = this.options;
    const post: OwnPost = {
      conversation,
      clientId: environment.newId(),
      text,
      writtenMs: environment.now(),
      number: this.nextNumber(conversation),
      state: 'waiting',
      fence: 0,
      seq: 0,
      refusal: ErrorCode.ERROR_UNSPECIFIED,
    };
    this.posts.push(post);
    this.changed(conversation);
    this.pump(conversation);
    return post;
  }

  /** A refused post goes to the end of the line again; any other is tried at once. */
  retry(conversation: string, clientId: string): void {
    const post = this.find(conversation, clientId);
    if (!post || post.state === 'acknowledged') return;
    if (post.state === 'refused') {
      this.posts = [...this.posts.filter((other) => other !== post), post];
      post.state = 'waiting';
      post.number = this.nextNumber(conversation);
    }
    this.resume(conversation);
    this.changed(conversation);
  }

  /** Only what was refused can be taken back: of the rest nobody knows whether it arrived. */
  discard(conversation: string, clientId: string): void {
    this.posts = this.posts.filter((post) => !(post.clientId === clientId && post.state === 'refused'));
    this.changed(conversation);
  }

  /** The server's word on how far this device's numbers have come. */
  numberedUpTo(conversation: string, number: number): void {
    if (number > (this.lastNumbers.get(conversation) ?? 0)) this.lastNumbers.set(conversation, number);
  }

  /** Seen in the log: settled, whatever became of its acknowledgement. */
  settle(conversation: string, clientId: string, seq: number): void {
    const post = clientId === '' ? undefined : this.find(conversation, clientId);
    if (!post || post.state === 'acknowledged') return;
    post.state = 'acknowledged';
    post.seq = seq;
    this.numberedUpTo(conversation, post.number);
    this.changed(conversation);
  }

  /** The log is of a new timeline: what this device wrote lately is offered again. */
  offerAgain(conversation: string): void {
    this.lastNumbers.delete(conversation);
    for (const post of this.of(conversation)) if (post.state === 'acknowledged') post.state = 'waiting';
    this.changed(conversation);
    this.resume(conversation);
  }

  lineIsUp(): void {
    this.live = true;
    for (const conversation of new Set(this.posts.map((post) => post.conversation))) this.resume(conversation);
  }

  lineIsDown(): void {
    this.live = false;
  }

  private pump(conversation: string): void {
    if (!this.live || this.pauses.get(conversation)?.over === false) return;
    const open = this.of(conversation).filter((post) => post.state === 'waiting' || post.state === 'sending');
    for (const post of open.slice(0, WINDOW)) if (post.state === 'waiting') this.send(post);
  }

  private send(post: OwnPost): void {
    post.state = 'sending';
    this.changed(post.conversation);
    const number = post.number;
    this.options.send(post).then(
      (ack) => this.acknowledged(post, ack),
      (error: unknown) => this.failed(post, number, error),
    );
  }

  private acknowledged(post: OwnPost, ack: Ack): void {
    this.options.acknowledged(post, ack);
    this.settle(post.conversation, post.clientId, ack.seq);
    this.pauses.delete(post.conversation);
    this.pump(post.conversation);
  }

  private failed(post: OwnPost, number: number, error: unknown): void {
    if (post.state !== 'sending') return;
    post.state = 'waiting';
    const { conversation } = post;
    if (!(error instanceof Refused) || PASSING.includes(error.code)) {
      this.pause(conversation, error instanceof Refused ? error.retryAfterMs : 0);
    } else if (error.code === ErrorCode.NUMBER_GAP || error.code === ErrorCode.DUPLICATE_DIFFERS) {
      // Only the oldest says something about the numbers; the others merely follow a post that has not arrived yet.
      if (this.oldestOpen(conversation) === post && post.number === number) this.renumber(post, error);
      this.pump(conversation);
    } else {
      post.state = 'refused';
      post.refusal = error.code;
      this.pump(conversation);
    }
    this.changed(conversation);
  }

  /** Goes on from the server's last number: first with what it forgot, if we still have that, then with the rest. */
  private renumber(oldest: OwnPost, refused: Refused): void {
    const { conversation } = oldest;
    const last = refused.code === ErrorCode.NUMBER_GAP ? refused.lastNumber : oldest.number;
    this.lastNumbers.set(conversation, last);
    const forgotten = this.of(conversation).filter((post) => post.state === 'acknowledged' && post.number > last);
    for (const post of forgotten) post.state = 'waiting';
    let number = last;
    for (const post of this.of(conversation)) {
      if (post.state === 'waiting' || post.state === 'sending') post.number = ++number;
    }
  }

  private pause(conversation: string, atLeastMs: number): void {
    const before = this.pauses.get(conversation);
    if (before?.over === false) return;
    const times = (before?.times ?? 0) + 1;
    const backoffMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.min(times - 1, 8)) * (0.5 + this.options.environment.random() / 2);
    const pause = { times, over: false, cancel: () => {} };
    pause.cancel = this.options.environment.after(Math.max(atLeastMs, backoffMs), () => {
      pause.over = true;
      this.pump(conversation);
    });
    this.pauses.set(conversation, pause);
  }

  private resume(conversation: string): void {
    this.pauses.get(conversation)?.cancel();
    this.pauses.delete(conversation);
    this.pump(conversation);
  }

  private nextNumber(conversation: string): number {
    const own = this.of(conversation).reduce((max, post) => (post.state === 'refused' ? max : Math.max(max, post.number)), 0);
    return Math.max(own, this.lastNumbers.get(conversation) ?? 0) + 1;
  }

  private of(conversation: string): OwnPost[] {
    return this.posts.filter((post) => post.conversation === conversation);
  }

  private oldestOpen(conversation: string): OwnPost | undefined {
    return this.of(conversation).find((post) => post.state === 'waiting' || post.state === 'sending');
  }

  private find(conversation: string, clientId: string): OwnPost | undefined {
    return this.posts.find((post) => post.conversation === conversation && post.clientId === clientId);
  }

  private changed(conversation: string): void {
    this.forgetOld();
    this.options.store.save(this.posts);
    this.options.changed(conversation);
  }

  private forgetOld(): void {
    const since = this.options.environment.now() - OFFER_AGAIN_WITHIN_MS;
    const acknowledged = this.posts.filter((post) => post.state === 'acknowledged' && post.writtenMs >= since);
    const keep = new Set(acknowledged.slice(-ACKNOWLEDGED_KEPT_MAX));
    this.posts = this.posts.filter((post) => post.state !== 'acknowledged' || keep.has(post));
  }
}
