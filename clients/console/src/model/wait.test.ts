// Shows when a visitor counts as waiting, how bad that is, what is unread, and in which order the list stands.
import { describe, expect, it } from 'vitest';
import { held, longestWaiting, sorted } from './order';
import type { Conversation, Entry, EntryBody, Phase, Role } from './types';
import { firstTimes, level, unread, waitingSince } from './wait';

const person = (role: Role) => ({ role, id: role, name: role, persona: '' });

function conversation(id: string, said: [Role, EntryBody['kind'], number][], phase: Phase = 'mine'): Conversation {
  const entries = said.map(([role, kind, seconds], i): Entry => {
    const bodies: Record<EntryBody['kind'], EntryBody> = {
      text: { kind: 'text', text: 'words' },
      auto: { kind: 'auto', trigger: 'assigned', text: 'words', persona: '' },
      assigned: { kind: 'assigned', agent: person('agent') },
      requeued: { kind: 'requeued', reason: 'lost' },
      closed: { kind: 'closed', by: 'visitor' },
      unknown: { kind: 'unknown' },
    };
    return { seq: i + 1, timeMs: seconds * 1000, clientId: '', author: person(role), body: bodies[kind] };
  });
  return {
    id,
    epoch: 1,
    fence: 1,
    phase,
    visitor: person('visitor'),
    skill: '',
    wish: { mode: 'any', persona: '' },
    tier: 0,
    enteredMs: 0,
    returning: false,
    parked: false,
    head: entries.length,
    entries,
    outgoing: [],
    readByVisitor: 0,
    readByAgent: 0,
    visitorTyping: false,
  };
}

const all = (...conversations: Conversation[]) => Object.fromEntries(conversations.map((c) => [c.id, c]));

describe('waitingSince', () => {
  it('runs from the assignment until the agent first writes, whatever stood in the queue before', () => {
    const queued: [Role, EntryBody['kind'], number][] = [
      ['visitor', 'text', 5],
      ['system', 'assigned', 60],
      ['system', 'auto', 61],
    ];
    expect(waitingSince(conversation('c', queued))).toBe(60_000);
    expect(waitingSince(conversation('c', [...queued, ['agent', 'text', 70]]))).toBeUndefined();
  });

  it('runs from the first unanswered message: writing again does not set it back, an auto-reply does not stop it', () => {
    const said: [Role, EntryBody['kind'], number][] = [
      ['system', 'assigned', 1],
      ['agent', 'text', 10],
      ['visitor', 'text', 20],
      ['visitor', 'text', 90],
      ['system', 'auto', 95],
    ];
    expect(waitingSince(conversation('c', said))).toBe(20_000);
  });

  it('ends with the conversation', () => {
    expect(waitingSince(conversation('c', [['system', 'assigned', 1]], 'closed'))).toBeUndefined();
    expect(waitingSince(conversation('c', [['system', 'assigned', 1]], 'gone'))).toBeUndefined();
  });

  it('does not end by what is not acknowledged yet', () => {
    const waiting = conversation('c', [['system', 'assigned', 1]]);
    const sending = { ...waiting, outgoing: [{ clientId: 'x', text: 'hi', timeMs: 2, state: 'sending' as const }] };
    expect(waitingSince(sending)).toBe(1000);
  });
});

describe('level', () => {
  it('is amber from 100 s and red from 150 s', () => {
    expect([0, 99_999, 100_000, 149_999, 150_000].map(level)).toEqual(['calm', 'calm', 'amber', 'amber', 'red']);
  });
});

describe('unread', () => {
  it("counts the visitor's messages behind the read mark, nothing else", () => {
    const said: [Role, EntryBody['kind'], number][] = [
      ['visitor', 'text', 1],
      ['visitor', 'text', 2],
      ['system', 'auto', 3],
      ['agent', 'text', 4],
      ['visitor', 'text', 5],
    ];
    expect(unread({ ...conversation('c', said), readByAgent: 1 })).toBe(2);
    expect(unread({ ...conversation('c', said), readByAgent: 5 })).toBe(0);
  });
});

describe('firstTimes', () => {
  it('tells how long she queued and how soon she was answered', () => {
    const said: [Role, EntryBody['kind'], number][] = [
      ['system', 'assigned', 40],
      ['visitor', 'text', 45],
      ['agent', 'text', 52],
    ];
    expect(firstTimes(conversation('c', said))).toEqual({ queuedMs: 40_000, firstAnswerMs: 12_000 });
    expect(firstTimes(conversation('c', []))).toEqual({});
  });
});

describe('the order of the list', () => {
  const longest = conversation('longest', [['system', 'assigned', 10]]);
  const shorter = conversation('shorter', [['system', 'assigned', 50]]);
  const answered = conversation('answered', [['agent', 'text', 80]]);
  const answeredEarlier = conversation('earlier', [['agent', 'text', 20]]);
  const over = conversation('over', [['agent', 'text', 90]], 'closed');

  it('puts the longest wait first, then the latest answered, then what is over', () => {
    expect(sorted(all(over, answered, shorter, answeredEarlier, longest))).toEqual([
      'longest',
      'shorter',
      'answered',
      'earlier',
      'over',
    ]);
  });

  it('stands still while it is held; newcomers go behind the running ones and what ended sinks', () => {
    const before = ['answered', 'longest', 'shorter'];
    const fresh = conversation('fresh', [['system', 'assigned', 1]]);
    expect(held(before, all(longest, answered, shorter, fresh))).toEqual(['answered', 'longest', 'shorter', 'fresh']);
    expect(held(before, all({ ...longest, phase: 'closed' }, answered, shorter))).toEqual([
      'answered',
      'shorter',
      'longest',
    ]);
  });

  it('finds the next one to answer: not the one before her eyes, unless there is no other', () => {
    const both = all(longest, shorter, answered);
    expect(longestWaiting(both, undefined)).toBe('longest');
    expect(longestWaiting(both, 'longest')).toBe('shorter');
    expect(longestWaiting(all(longest, answered), 'longest')).toBe('longest');
    expect(longestWaiting(all(answered), undefined)).toBeUndefined();
  });
});
