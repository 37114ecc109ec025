// One sign-in kept alive over many lines: dial, hello, live, lose it, wait, dial again. Knows nothing of conversations.
import { CLOSE_NOT_SIGNED_IN, reconnectDelayMs, staysAway } from './backoff';
import type { Cancel, Dial, Environment, Line } from './environment';
import { decodeServerFrame, encodeRequest, ErrorCode, type Request, type RequestOf, type ServerBody, type Welcome } from './frames';
import { Refused, Requests, Unanswered } from './requests';

export type SessionState =
  | { at: 'idle' }
  | { at: 'connecting'; attempt: number }
  | { at: 'signing in'; attempt: number }
  | { at: 'live'; welcome: Welcome }
  | { at: 'waiting to reconnect'; attempt: number; untilMs: number; closeCode: number }
  | { at: 'ended'; closeCode: number; reason: string };

export interface SessionOptions {
  dial: Dial;
  environment: Environment;
  /** Asked at each sign-in: token and positions may have changed since. */
  hello(): RequestOf<'hello'>;
  changed(state: SessionState): void;
  /** Every frame, pushes and answers alike, in the order of arrival, before the answer's promise is settled. */
  received(body: ServerBody, ref: number): void;
  replyTimeoutMs?: number;
}

const REPLY_TIMEOUT_MS = 15_000;
const SIGN_IN_TIMEOUT_MS = 15_000;
/** A little less than the server's limit for a hello (W2), counted from our dialling: it can not be over before. */
const HELLO_MAY_BE_LATE_MS = 9_000;
const ANSWER_TO_HEARTBEAT_MS = 10_000;
const HEARTBEAT_DEFAULT_MS = 20_000;
/** A line must have lived so long before the next loss counts as the first again: or a server that closes at once is hammered. */
const SETTLED_AFTER_MS = 5_000;
/** Codes this client closes with; the server only logs them. */
const CLOSE_BY_CLIENT = 1000;
const CLOSE_UNRESPONSIVE = 4001;

export class Session {
  private current: SessionState = { at: 'idle' };
  private line: Line | undefined;
  private attempt = 0;
  private dialledAtMs = 0;
  /** Lines that we gave up may still speak: only the newest is heard. */
  private generation = 0;
  private heardSince = false;
  private timers = new Map<string, Cancel>();
  private readonly requests: Requests;

  constructor(private readonly options: SessionOptions) {
    this.requests = new Requests(options.environment, options.replyTimeoutMs ?? REPLY_TIMEOUT_MS);
  }

  get state(): SessionState {
    return this.current;
  }

  start(): void {
    if (this.current.at !== 'idle' && this.current.at !== 'ended') return;
    this.attempt = 0;
    this.connect();
  }

  stop(): void {
    this.dropLine(CLOSE_BY_CLIENT, 'bye');
    this.enter({ at: 'idle' });
  }

  /** Waiting to reconnect? Then now: the user asked, or the network is said to be back. */
  hurry(): void {
    if (this.current.at === 'waiting to reconnect') this.connect();
  }

  /** Something makes us doubt the line (network change, laptop woke): a quick heartbeat decides. */
  doubt(): void {
    if (this.current.at === 'live') this.beat(ANSWER_TO_HEARTBEAT_MS / 2);
  }

  /** Gives up a line that is alive but not right, and dials again at once. */
  renew(reason: string): void {
    if (this.current.at === 'live') this.lost(CLOSE_BY_CLIENT, reason, 0);
  }

  /** Rejects with Refused or Unanswered; at once when not live. */
  request(body: Request): Promise<ServerBody> {
    if (this.current.at !== 'live' || !this.line) return Promise.reject(new Unanswered('not connected'));
    const { ref, answer } = this.requests.begin();
    this.line.send(encodeRequest(ref, body));
    return answer;
  }

  private connect(): void {
    this.clearTimers();
    const generation = ++this.generation;
    const ours = () => generation === this.generation;
    this.enter({ at: 'connecting', attempt: this.attempt });
    this.dialledAtMs = this.options.environment.now();
    this.setTimer('sign-in', SIGN_IN_TIMEOUT_MS, () => this.lost(CLOSE_UNRESPONSIVE, 'no welcome in time'));
    this.line = this.options.dial({
      opened: () => ours() && this.signIn(),
      received: (bytes) => ours() && this.hear(bytes),
      closed: (code, reason) => ours() && this.lost(code, reason),
    });
  }

  private signIn(): void {
    this.enter({ at: 'signing in', attempt: this.attempt });
    const { ref, answer } = this.requests.begin();
    const generation = this.generation;
    answer.catch((error: unknown) => {
      if (generation === this.generation && error instanceof Refused) this.helloRefused(error);
    });
    this.line?.send(encodeRequest(ref, { case: 'hello', value: this.options.hello() }));
  }

  private helloRefused(error: Refused): void {
    const passing = [ErrorCode.BUSY, ErrorCode.TRY_AGAIN, ErrorCode.INTERNAL].includes(error.code);
    if (passing) return this.lost(CLOSE_BY_CLIENT, error.message, error.retryAfterMs);
    this.dropLine(CLOSE_BY_CLIENT, 'refused');
    this.enter({ at: 'ended', closeCode: 4500, reason: error.message });
  }

  private hear(bytes: Uint8Array): void {
    const frame = decodeServerFrame(bytes);
    if (!frame) return this.lost(CLOSE_UNRESPONSIVE, 'a frame that cannot be read');
    this.heardSince = true;
    const { body, ref } = frame;
    if (body.case === 'welcome') this.welcomed(body.value);
    if (body.case === 'reconnect') this.leaveIn(body.value.afterMs);
    this.options.received(body, ref);
    if (ref !== 0) this.requests.settle(ref, body);
  }

  private welcomed(welcome: Welcome): void {
    this.cancelTimer('sign-in');
    this.setTimer('settled', SETTLED_AFTER_MS, () => (this.attempt = 0));
    this.scheduleBeat(welcome.heartbeatMs || HEARTBEAT_DEFAULT_MS);
    this.enter({ at: 'live', welcome });
  }

  private scheduleBeat(everyMs: number): void {
    this.setTimer('beat', everyMs, () => {
      this.beat(ANSWER_TO_HEARTBEAT_MS);
      this.scheduleBeat(everyMs);
    });
  }

  /** Any frame within the time will do as the answer. */
  private beat(answerWithinMs: number): void {
    this.heardSince = false;
    this.request({ case: 'heartbeat', value: {} }).catch(() => undefined);
    this.setTimer('beat answer', answerWithinMs, () => {
      if (!this.heardSince) this.lost(CLOSE_UNRESPONSIVE, 'the line is silent');
    });
  }

  /** The gateway goes away: stay useful until our own moment has come, then move without a further wait. */
  private leaveIn(afterMs: number): void {
    const atMs = this.options.environment.now() + afterMs;
    this.setTimer('leave', afterMs, () => this.lost(CLOSE_BY_CLIENT, 'moving', 0));
    this.moveAtMs = atMs;
  }
  private moveAtMs: number | undefined;

  /** @param waitMs when given, instead of the backoff */
  private lost(code: number, reason: string, waitMs?: number): void {
    const stays = staysAway(code) && !(code === CLOSE_NOT_SIGNED_IN && this.helloMayHaveComeLate());
    this.dropLine(code === CLOSE_BY_CLIENT ? CLOSE_BY_CLIENT : CLOSE_UNRESPONSIVE, reason.slice(0, 100));
    if (stays) return this.enter({ at: 'ended', closeCode: code, reason });

    const { environment } = this.options;
    const untilMove = this.moveAtMs === undefined ? undefined : Math.max(0, this.moveAtMs - environment.now());
    this.moveAtMs = undefined;
    const delayMs = waitMs ?? untilMove ?? reconnectDelayMs(this.attempt, environment.random());
    this.attempt += 1;
    this.enter({
      at: 'waiting to reconnect',
      attempt: this.attempt,
      untilMs: environment.now() + delayMs,
      closeCode: code,
    });
    this.setTimer('reconnect', delayMs, () => this.connect());
  }

  /** Then 4500 says nothing of the token: the line, or the gateway, stood still (W26). */
  private helloMayHaveComeLate(): boolean {
    const beforeWelcome = this.current.at === 'connecting' || this.current.at === 'signing in';
    return beforeWelcome && this.options.environment.now() - this.dialledAtMs >= HELLO_MAY_BE_LATE_MS;
  }

  private dropLine(code: number, reason: string): void {
    this.generation += 1;
    this.clearTimers();
    const line = this.line;
    this.line = undefined;
    line?.close(code, reason);
    this.requests.abandon(reason || 'the line was lost');
  }

  private enter(state: SessionState): void {
    this.current = state;
    this.options.changed(state);
  }

  private setTimer(name: string, ms: number, task: () => void): void {
    this.cancelTimer(name);
    this.timers.set(name, this.options.environment.after(ms, task));
  }
  private cancelTimer(name: string): void {
    this.timers.get(name)?.();
    this.timers.delete(name);
  }
  private clearTimers(): void {
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }
}
