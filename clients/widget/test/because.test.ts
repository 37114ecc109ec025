// S3: one honest line for the visitor, in her language, about nobody but herself and her agent.
import { describe, expect, it } from 'vitest';
import { cameBecause, waitsBecause } from '../app/because';
import { wordsIn } from '../app/words';
import { AssignReason, WaitReason } from '../../link';

const numbers = (of: object): number[] => Object.values(of).filter((value): value is number => typeof value === 'number');

describe.each(['en', 'zh'] as const)('why, in %s', (language) => {
  const words = wordsIn(language);

  it('has a sentence of its own for every reason', () => {
    const waits = numbers(WaitReason).filter((reason) => reason !== WaitReason.WAIT_UNSPECIFIED);
    const comes = numbers(AssignReason).filter((reason) => reason !== AssignReason.ASSIGN_UNSPECIFIED);
    const said = [...waits.map((reason) => waitsBecause(reason, words)), ...comes.map((reason) => cameBecause(reason, words))];
    expect(said.every((sentence) => sentence.length > 3)).toBe(true);
    expect(new Set(said).size).toBe(waits.length + comes.length);
  });

  it('says nothing when nothing is known', () => {
    expect(waitsBecause(undefined, words)).toBe('');
    expect(waitsBecause(WaitReason.WAIT_UNSPECIFIED, words)).toBe('');
    expect(waitsBecause(99 as WaitReason, words)).toBe('');
    expect(cameBecause(99 as AssignReason, words)).toBe('');
  });
});
