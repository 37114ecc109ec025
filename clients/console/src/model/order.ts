// The order of the list: who waits longest comes first. Pure.
import type { Conversation } from './types';
import { waitingSince } from './wait';

type Conversations = Readonly<Record<string, Conversation>>;

function lastTime(conversation: Conversation): number {
  return conversation.entries.at(-1)?.timeMs ?? conversation.enteredMs;
}

// Waiting ones by how long they wait, then the answered ones, the latest word first, then those that are over, the latest
// end first. Equal ones by id, so that the order is a total one.
export function sorted(conversations: Conversations): string[] {
  const rank = (c: Conversation) => {
    const since = waitingSince(c);
    if (c.phase !== 'mine') return { group: 2, key: -lastTime(c) };
    return since === undefined ? { group: 1, key: -lastTime(c) } : { group: 0, key: since };
  };
  return Object.values(conversations)
    .map((c) => ({ id: c.id, ...rank(c) }))
    .sort((a, b) => a.group - b.group || a.key - b.key || (a.id < b.id ? -1 : 1))
    .map((c) => c.id);
}

// The same list while the agent types or points at it: nobody moves, newcomers go behind those she serves, and only who is
// over sinks to the end.
export function held(before: readonly string[], conversations: Conversations): string[] {
  const isMine = (id: string) => conversations[id]?.phase === 'mine';
  const known = before.filter((id) => conversations[id] !== undefined);
  const fresh = sorted(conversations).filter((id) => !before.includes(id));
  return [
    ...known.filter(isMine),
    ...fresh.filter(isMine),
    ...fresh.filter((id) => !isMine(id)),
    ...known.filter((id) => !isMine(id)),
  ];
}

// Who has waited longest, other than the one before the agent's eyes unless there is no other.
export function longestWaiting(conversations: Conversations, selected: string | undefined): string | undefined {
  const waiting = sorted(conversations).filter((id) => {
    const conversation = conversations[id];
    return conversation !== undefined && waitingSince(conversation) !== undefined;
  });
  return waiting.find((id) => id !== selected) ?? waiting[0];
}
