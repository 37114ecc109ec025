// The log as it is shown: days, groups of one author's words, notes, and own messages that are still on their way.
import { type AssignReason, type LogEntry, type OwnPost, RequeueReason, Role } from '../../link';
import { startOfDay } from './format';

export type Item =
  | { kind: 'day'; key: string; timeMs: number }
  | { kind: 'auto'; key: string; text: string; persona: string; timeMs: number }
  | { kind: 'assigned'; key: string; name: string; persona: string; reason: AssignReason }
  | { kind: 'requeued'; key: string; reason: RequeueReason }
  | { kind: 'closed'; key: string; byVisitor: boolean }
  | {
      kind: 'said';
      key: string;
      mine: boolean;
      name: string;
      persona: string;
      text: string;
      timeMs: number;
      /** First and last of a group: where the name and the time stand. */
      first: boolean;
      last: boolean;
      mark: 'none' | 'waiting' | 'sending' | 'sent' | 'read' | 'refused';
      post?: OwnPost;
    };
type Said = Extract<Item, { kind: 'said' }>;

/** Words further apart than this are not one breath. */
const GROUP_WITHIN_MS = 3 * 60_000;

/** @param readBySeq up to where the other side has read */
export function toItems(entries: readonly LogEntry[], pending: readonly OwnPost[], readBySeq: number): Item[] {
  const items: Item[] = [];
  let day = -1;
  const add = (item: Item, timeMs: number) => {
    if (timeMs > 0 && startOfDay(timeMs) !== day) {
      day = startOfDay(timeMs);
      items.push({ kind: 'day', key: `day ${day}`, timeMs });
    }
    const before = items[items.length - 1];
    if (item.kind === 'said' && before?.kind === 'said' && sameBreath(before, item)) {
      before.last = false;
      item.first = false;
    }
    items.push(item);
  };
  for (const entry of entries) {
    const item = entryItem(entry, readBySeq);
    if (item) add(item, entry.timeMs);
  }
  for (const post of pending) add(pendingItem(post), post.writtenMs);
  return items;
}

/** What the visitor has written since the agent last wrote. */
export function ownWordsUnanswered(entries: readonly LogEntry[]): string[] {
  let words: string[] = [];
  for (const { author, body } of entries) {
    if (body.case !== 'content' || body.value.kind.case !== 'text') continue;
    if (author?.role === Role.AGENT) words = [];
    else if (author?.role === Role.VISITOR) words.push(body.value.kind.value);
  }
  return words;
}

function entryItem(entry: LogEntry, readBySeq: number): Item | undefined {
  // Of one's own words the client id is the key, so that a bubble stays the same element when it is acknowledged.
  const key = entry.clientId || `seq ${entry.seq}`;
  const { body, author, timeMs } = entry;
  switch (body.case) {
    case 'content': {
      const mine = author?.role === Role.VISITOR;
      const text = body.value.kind.case === 'text' ? body.value.kind.value : '';
      const mark = !mine ? 'none' : entry.seq <= readBySeq ? 'read' : 'sent';
      const { name = '', persona = '' } = author ?? {};
      return { kind: 'said', key, mine, name, persona, text, timeMs, first: true, last: true, mark };
    }
    case 'autoReply':
      return { kind: 'auto', key, text: body.value.text, persona: body.value.persona, timeMs };
    case 'assigned':
      return {
        kind: 'assigned',
        key,
        name: body.value.agent?.name ?? '',
        persona: body.value.agent?.persona ?? '',
        reason: body.value.reason,
      };
    case 'requeued':
      return { kind: 'requeued', key, reason: body.value.reason };
    case 'closed':
      return { kind: 'closed', key, byVisitor: body.value.by === Role.VISITOR };
    default:
      return undefined;
  }
}

function pendingItem(post: OwnPost): Said {
  const mark = post.state === 'refused' ? 'refused' : post.state === 'waiting' ? 'waiting' : 'sending';
  const { clientId: key, text, writtenMs: timeMs } = post;
  return { kind: 'said', key, mine: true, name: '', persona: '', text, timeMs, first: true, last: true, mark, post };
}

function sameBreath(before: Said, item: Said): boolean {
  return before.mine === item.mine && before.name === item.name && item.timeMs - before.timeMs < GROUP_WITHIN_MS && before.mark !== 'refused';
}
