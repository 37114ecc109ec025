// The ordered log of one conversation as this client holds it: seq 1, 2, 3 ... of one epoch. Entries may arrive early, late
// or twice; what is shown is always the part without a gap.
import type { Entry, Person } from './frames';

export interface LogEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly clientId: string;
  readonly author: Person | undefined;
  readonly body: Entry['body'];
}

export function toLogEntry(entry: Entry): LogEntry {
  return {
    seq: entry.seq,
    timeMs: Number(entry.timeMs),
    clientId: entry.clientId,
    author: entry.author,
    body: entry.body,
  };
}

export class ConversationLog {
  private prefix: LogEntry[] = [];
  private early = new Map<number, LogEntry>();
  private timeline = 0;

  /** 0 while nothing is held. */
  get epoch(): number {
    return this.timeline;
  }

  /** Everything up to here is held. Own messages count as soon as they are acknowledged. */
  get position(): number {
    return this.prefix.length;
  }

  /** In order, without a gap. A new array after each change, the same one between changes. */
  get entries(): readonly LogEntry[] {
    return this.prefix;
  }

  /** Something is held that lies beyond a gap. */
  get hasGap(): boolean {
    return this.early.size > 0;
  }

  /** Takes what is new and returns what thereby became visible. An entry of another epoch starts the log anew. */
  add(epoch: number, entries: readonly LogEntry[]): LogEntry[] {
    if (epoch !== this.timeline) this.reset(epoch);
    for (const entry of entries) {
      if (entry.seq > this.position) this.early.set(entry.seq, entry);
    }
    const shown: LogEntry[] = [];
    for (let next = this.position + 1; this.early.has(next); next += 1) {
      shown.push(this.early.get(next)!);
      this.early.delete(next);
    }
    if (shown.length > 0) this.prefix = [...this.prefix, ...shown];
    return shown;
  }

  /** What was held is of another timeline. */
  reset(epoch: number): void {
    this.timeline = epoch;
    this.prefix = [];
    this.early.clear();
  }
}
