import { describe, expect, it } from 'vitest';
import { type LatestDecisions, withNewer, withOlder } from './latest_decisions';
import type { Decision } from './types';

const made = (...numbers: number[]) => numbers.map((number) => ({ id: `0-${number}` }) as Decision);
const shown = ({ rows, hasOlder }: LatestDecisions) => [rows.map(({ id }) => Number(id.slice(2))), hasOlder];

describe('the latest decisions', () => {
  it('begin with the first look, and have older ones if it was full', () => {
    expect(shown(withNewer(undefined, made(12, 11, 10), true))).toEqual([[12, 11, 10], true]);
    expect(shown(withNewer(undefined, made(2, 1), false))).toEqual([[2, 1], false]);
    expect(shown(withNewer(undefined, [], false))).toEqual([[], false]);
  });

  it('grow at both ends, each row once, by number and not by text', () => {
    let known = withNewer(undefined, made(11, 10, 9), true);
    known = withOlder(known, made(8, 7, 6), true);
    known = withNewer(known, made(12, 11, 10), true);
    expect(shown(known)).toEqual([[12, 11, 10, 9, 8, 7, 6], true]);
  });

  it('have no older ones once their end was seen, whatever comes at the top', () => {
    let known = withNewer(undefined, made(11, 10, 9), true);
    known = withOlder(known, made(8), false);
    known = withNewer(known, made(12, 11, 10), true);
    expect(shown(known)).toEqual([[12, 11, 10, 9, 8], false]);
  });

  it('begin anew when more came than one look shows, or all are gone', () => {
    const known = withNewer(undefined, made(3, 2, 1), false);
    expect(shown(withNewer(known, made(9, 8, 7), true))).toEqual([[9, 8, 7], true]);
    expect(shown(withNewer(known, [], false))).toEqual([[], false]);
  });
});
