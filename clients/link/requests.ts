// Requests on their way: each gets exactly one outcome, matched by ref.
import type { Cancel, Environment } from './environment';
import { ErrorCode, type Error as ErrorFrame, type ServerBody } from './frames';

/** The server said no, for good or for now: see `code`. */
export class Refused extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly retryAfterMs = 0,
    readonly lastNumber = 0,
  ) {
    super(`${ErrorCode[code] ?? code}: ${message}`);
    this.name = 'Refused';
  }

  static of(error: ErrorFrame): Refused {
    return new Refused(error.code, error.message, error.retryAfterMs, error.lastNumber);
  }
}

/** The line went or time ran out before the answer came: whether it was done is not known. */
export class Unanswered extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Unanswered';
  }
}

interface Waiting {
  resolve(body: ServerBody): void;
  reject(error: Error): void;
  cancelTimeout: Cancel;
}

export class Requests {
  private waiting = new Map<number, Waiting>();
  private lastRef = 0;

  constructor(
    private readonly environment: Environment,
    private readonly timeoutMs: number,
  ) {}

  /** A fresh ref and the promise of its answer. */
  begin(): { ref: number; answer: Promise<ServerBody> } {
    const ref = ++this.lastRef;
    const answer = new Promise<ServerBody>((resolve, reject) => {
      const cancelTimeout = this.environment.after(this.timeoutMs, () => {
        this.waiting.delete(ref);
        reject(new Unanswered('no answer in time'));
      });
      this.waiting.set(ref, { resolve, reject, cancelTimeout });
    });
    return { ref, answer };
  }

  /** An answer that nobody waits for any more is ignored. */
  settle(ref: number, body: ServerBody): void {
    const request = this.waiting.get(ref);
    if (!request) return;
    this.waiting.delete(ref);
    request.cancelTimeout();
    if (body.case === 'error') request.reject(Refused.of(body.value));
    else request.resolve(body);
  }

  /** The line is gone: no open request will be answered on it. */
  abandon(why: string): void {
    const open = [...this.waiting.values()];
    this.waiting.clear();
    for (const request of open) {
      request.cancelTimeout();
      request.reject(new Unanswered(why));
    }
  }
}
