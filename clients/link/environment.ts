// Time, chance and lines come from outside, so that a test can hold them all.

export type Cancel = () => void;

export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` once, `ms` from now, unless cancelled before. */
  after(ms: number, task: () => void): Cancel;
  /** Uniform in [0, 1). */
  random(): number;
  /** A new name for a message or device: 128 random bits as 22 of [A-Za-z0-9_-]. */
  newId(): string;
}

/** One connection, once. After `closed` or `close` nothing more is heard of it. */
export interface Line {
  send(bytes: Uint8Array): void;
  /** 1000 or 3000-4999, as browsers allow. */
  close(code: number, reason: string): void;
}

export interface LineEvents {
  opened(): void;
  received(bytes: Uint8Array): void;
  closed(code: number, reason: string): void;
}

export type Dial = (events: LineEvents) => Line;
