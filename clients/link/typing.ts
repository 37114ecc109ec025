// "She is typing", both ways: ours is told sparingly, theirs fades by itself when its end gets lost.
import type { Cancel, Environment } from './environment';

const REPEAT_MS = 3_000;
const PAUSE_ENDS_MS = 4_000;
const FADES_MS = 6_000;

/** Ours: call `typed` at every keystroke, `done` when sent or cleared. */
export class OwnTyping {
  private toldAtMs = -Infinity;
  private cancelEnd: Cancel | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly tell: (on: boolean) => void,
  ) {}

  typed(): void {
    const now = this.environment.now();
    if (now - this.toldAtMs >= REPEAT_MS) {
      this.toldAtMs = now;
      this.tell(true);
    }
    this.cancelEnd?.();
    this.cancelEnd = this.environment.after(PAUSE_ENDS_MS, () => this.done());
  }

  done(): void {
    this.cancelEnd?.();
    this.cancelEnd = undefined;
    if (this.toldAtMs === -Infinity) return;
    this.toldAtMs = -Infinity;
    this.tell(false);
  }
}

/** Theirs. */
export class PeerTyping {
  private on = false;
  private cancelFade: Cancel | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly changed: () => void,
  ) {}

  get isOn(): boolean {
    return this.on;
  }

  set(on: boolean): void {
    this.cancelFade?.();
    this.cancelFade = on ? this.environment.after(FADES_MS, () => this.set(false)) : undefined;
    if (on === this.on) return;
    this.on = on;
    this.changed();
  }
}
