// How long to wait before coming back, and after which close one does not.

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Full jitter: random(0, min(30 s, 0.5 s * 2^attempt)), so that a thousand widgets that lost one gateway do not come
 * back as one. `attempt` counts from 0, `random` is in [0, 1).
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  return Math.round(random * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16)));
}

/** 4500-4999 and 1008 say: do not come back by yourself, tell the user. */
export function staysAway(closeCode: number): boolean {
  return closeCode === 1008 || (closeCode >= 4500 && closeCode <= 4999);
}
