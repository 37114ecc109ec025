// A clock moved by hand, chance that is told, ids that count.
import type { Cancel, Environment } from '../environment';

export class ManualEnvironment implements Environment {
  private timeMs = 1_000_000;
  private ids = 0;
  private tasks: { atMs: number; task: () => void }[] = [];
  nextRandom = 0.5;

  now(): number {
    return this.timeMs;
  }
  random(): number {
    return this.nextRandom;
  }
  newId(): string {
    this.ids += 1;
    return `client-id-${String(this.ids).padStart(12, '0')}`;
  }
  after(ms: number, task: () => void): Cancel {
    const entry = { atMs: this.timeMs + ms, task };
    this.tasks.push(entry);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry);
    };
  }

  /** Runs everything that falls due on the way, in order, letting promises settle in between. */
  async pass(ms: number): Promise<void> {
    const endMs = this.timeMs + ms;
    for (;;) {
      await settled();
      const due = this.tasks.filter((entry) => entry.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.tasks = this.tasks.filter((other) => other !== due);
      this.timeMs = Math.max(this.timeMs, due.atMs);
      due.task();
    }
    this.timeMs = endMs;
    await settled();
  }
}

/** All promise reactions that are ready have run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}
