// The log as it is shown.
import { describe, expect, it } from 'vitest';
import { ErrorCode, type LogEntry, type OwnPost, Role, Trigger } from '../../link';
import { ownWordsUnanswered, toItems } from '../app/items';

const at = new Date(2026, 5, 15, 12).getTime();
const person = (role: Role, name = '') => ({ $typeName: 'switchboard.v1.Person' as const, role, id: name, name, persona: '' });
const said = (seq: number, role: Role, text: string, timeMs = at, name = role === Role.AGENT ? 'Mia' : ''): LogEntry => ({
  seq, timeMs, clientId: `c${seq}`, author: person(role, name),
  body: { case: 'content', value: { $typeName: 'switchboard.v1.Content', kind: { case: 'text', value: text } } },
});
const own = (clientId: string, state: OwnPost['state']): OwnPost => ({
  conversation: 'c', clientId, text: clientId, writtenMs: at, number: 1, state, fence: 0, seq: 0, refusal: ErrorCode.ERROR_UNSPECIFIED,
});
const talk = (items: ReturnType<typeof toItems>) => items.flatMap((item) => (item.kind === 'said' ? [item] : []));

describe('what nobody has answered', () => {
  it('is what she wrote since the agent last wrote', () => {
    const entries = [said(1, Role.VISITOR, 'a'), said(2, Role.AGENT, 'b'), said(3, Role.VISITOR, 'c'), said(4, Role.VISITOR, 'd')];
    expect(ownWordsUnanswered(entries)).toEqual(['c', 'd']);
    expect(ownWordsUnanswered(entries.slice(0, 2))).toEqual([]);
    expect(ownWordsUnanswered(entries.slice(0, 1))).toEqual(['a']);
  });
});

describe('the shown log', () => {
  it('puts a day before its first words, once', () => {
    const items = toItems([said(1, Role.AGENT, 'a', at - 86_400_000), said(2, Role.AGENT, 'b'), said(3, Role.AGENT, 'c')], [], 0);
    expect(items.map(({ kind }) => kind)).toEqual(['day', 'said', 'day', 'said', 'said']);
  });

  it('groups one breath of one person: a name at its start, a time at its end', () => {
    const entries = [
      said(1, Role.AGENT, 'a'), said(2, Role.AGENT, 'b', at + 60_000), said(3, Role.VISITOR, 'c', at + 61_000),
      said(4, Role.AGENT, 'd', at + 62_000), said(5, Role.AGENT, 'much later', at + 600_000), said(6, Role.AGENT, 'another', at + 600_000, 'Ben'),
    ];
    expect(talk(toItems(entries, [], 0)).map(({ first, last }) => `${first ? 'F' : ''}${last ? 'L' : ''}`)).toEqual([
      'F', 'L', 'FL', 'FL', 'FL', 'FL',
    ]);
  });

  it('marks own words as read up to the mark, as delivered after it, and the rest by its state', () => {
    const entries = [said(1, Role.VISITOR, 'a'), said(2, Role.AGENT, 'b'), said(3, Role.VISITOR, 'c')];
    const items = talk(toItems(entries, [own('x', 'sending'), own('y', 'waiting'), own('z', 'refused')], 2));
    expect(items.map(({ mark }) => mark)).toEqual(['read', 'none', 'sent', 'sending', 'waiting', 'refused']);
  });

  it('keeps a bubble the same element when its post is acknowledged', () => {
    const before = talk(toItems([], [own('c1', 'sending')], 0));
    const after = talk(toItems([said(1, Role.VISITOR, 'c1')], [], 0));
    expect(after[0]?.key).toBe(before[0]?.key);
  });

  it('never gives an automatic reply to a person, and shows nothing for what it does not know', () => {
    const auto: LogEntry = {
      seq: 1, timeMs: at, clientId: '', author: person(Role.SYSTEM),
      body: { case: 'autoReply', value: { $typeName: 'switchboard.v1.AutoReply', trigger: Trigger.OPENED, text: 'hi', persona: '' } },
    };
    const unknown: LogEntry = { seq: 2, timeMs: at, clientId: '', author: undefined, body: { case: undefined } };
    expect(toItems([auto, unknown], [], 0).map(({ kind }) => kind)).toEqual(['day', 'auto']);
  });
});
