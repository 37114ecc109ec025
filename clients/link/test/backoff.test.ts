import { describe, expect, it } from 'vitest';
import { reconnectDelayMs, staysAway } from '../backoff';

describe('coming back', () => {
  it('spreads over random(0, min(30 s, 0.5 s * 2^k))', () => {
    expect([0, 1, 2, 3].map((k) => reconnectDelayMs(k, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(reconnectDelayMs(6, 1)).toBe(30_000);
    expect(reconnectDelayMs(100_000, 1)).toBe(30_000);
    expect(reconnectDelayMs(5, 0)).toBe(0);
    expect(reconnectDelayMs(2, 0.25)).toBe(500);
  });

  it('comes back after lost lines and 4000-4499, but for those that need the user or a new token', () => {
    for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 4001, 4002, 4003, 4006, 4499]) expect(staysAway(code)).toBe(false);
    for (const code of [4004, 4005, 4500, 4501, 4999]) expect(staysAway(code)).toBe(true);
  });

  it('does not come back to repeat what broke the protocol', () => {
    for (const code of [1002, 1003, 1007, 1008, 1009]) expect(staysAway(code)).toBe(true);
  });
});
