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

  it('comes back after 4000-4499 and lost lines, not after 4500-4999 or a policy', () => {
    for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 4000, 4002, 4499]) expect(staysAway(code)).toBe(false);
    for (const code of [1008, 4500, 4501, 4999]) expect(staysAway(code)).toBe(true);
  });
});
