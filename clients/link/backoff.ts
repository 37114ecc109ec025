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

/** The line said something it should not say: repeating it would not help. */
const OUR_FAULT = [1002, 1003, 1007, 1008, 1009];
export const CLOSE_TOO_MANY_CONNECTIONS = 4004;
export const CLOSE_TOKEN_EXPIRED = 4005;
export const CLOSE_CONTINUITY_LOST = 4006;
export const CLOSE_NOT_SIGNED_IN = 4500;

/**
 * Whether the session ends with this close code instead of coming back by itself: 4500-4999, protocol errors, and what
 * needs the user (4004: asks for this tab again) or the app (4005: gets a new token) first. proto/README.md, close codes.
 */
export function staysAway(closeCode: number): boolean {
  return (
    OUR_FAULT.includes(closeCode) ||
    closeCode === CLOSE_TOO_MANY_CONNECTIONS ||
    closeCode === CLOSE_TOKEN_EXPIRED ||
    (closeCode >= 4500 && closeCode <= 4999)
  );
}
