import { describe, expect, it } from 'vitest';
import { ConversationLog, type LogEntry } from '../log';

const entry = (seq: number): LogEntry => ({ seq, timeMs: seq, clientId: '', author: undefined, body: { case: undefined } });
const seqs = (entries: readonly LogEntry[]) => entries.map(({ seq }) => seq);

describe('the ordered log', () => {
  it('shows entries in order whatever the order of arrival, and none twice', () => {
    const log = new ConversationLog();
    expect(seqs(log.add(1, [entry(2), entry(3)]))).toEqual([]);
    expect(log.hasGap).toBe(true);
    expect(log.position).toBe(0);
    expect(seqs(log.add(1, [entry(1)]))).toEqual([1, 2, 3]);
    expect(seqs(log.add(1, [entry(2), entry(3), entry(4)]))).toEqual([4]);
    expect(seqs(log.entries)).toEqual([1, 2, 3, 4]);
    expect(log.hasGap).toBe(false);
  });

  it('keeps the array while nothing changes, so that a view may compare', () => {
    const log = new ConversationLog();
    log.add(1, [entry(1)]);
    const before = log.entries;
    log.add(1, [entry(1)]);
    expect(log.entries).toBe(before);
    log.add(1, [entry(2)]);
    expect(log.entries).not.toBe(before);
  });

  it('starts anew with another epoch', () => {
    const log = new ConversationLog();
    log.add(1, [entry(1), entry(2)]);
    log.add(2, [entry(1)]);
    expect(log.epoch).toBe(2);
    expect(seqs(log.entries)).toEqual([1]);
  });

  it('is right for any order and repetition (all 120 orders of five entries, in overlapping pages)', () => {
    for (const order of permutations([1, 2, 3, 4, 5])) {
      const log = new ConversationLog();
      const seen: number[] = [];
      for (const seq of order) seen.push(...seqs(log.add(7, [entry(seq), entry(Math.max(1, seq - 1))])));
      expect(seen).toEqual([1, 2, 3, 4, 5]);
      expect(log.hasGap).toBe(false);
    }
  });
});

function permutations(items: number[]): number[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, i) => permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]));
}
