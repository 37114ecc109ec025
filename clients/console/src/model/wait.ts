// How long a visitor has waited for an answer, and how bad that is. Pure.
import type { Conversation } from './types';

// The three-minute rule of the trade: shoppers leave after three minutes of silence, so the agent is warned in time.
export const amberAfterMs = 100_000;
export const redAfterMs = 150_000;

export type Level = 'calm' | 'amber' | 'red';

// Server time since when this conversation waits for its agent; undefined: it does not. Two clocks in one: the first
// response runs from the assignment until the agent first writes, every later response runs from the first message that
// is not answered yet. What the visitor wrote while she stood in the queue counts from the assignment on: before that no
// agent could answer it. Auto-replies answer nothing.
export function waitingSince(conversation: Conversation): number | undefined {
  if (conversation.phase !== 'mine') return undefined;
  let since: number | undefined;
  for (const entry of conversation.entries) {
    if (entry.body.kind === 'assigned') since = entry.timeMs;
    if (entry.body.kind !== 'text') continue;
    if (entry.author.role === 'agent') since = undefined;
    else since ??= entry.timeMs;
  }
  return since;
}

export function level(waitedMs: number): Level {
  if (waitedMs >= redAfterMs) return 'red';
  return waitedMs >= amberAfterMs ? 'amber' : 'calm';
}

// Messages of the visitor that the agent has not had before her eyes.
export function unread(conversation: Conversation): number {
  let count = 0;
  for (let i = conversation.entries.length - 1; i >= 0; i--) {
    const entry = conversation.entries[i];
    if (entry === undefined || entry.seq <= conversation.readByAgent) break;
    if (entry.body.kind === 'text' && entry.author.role === 'visitor') count++;
  }
  return count;
}

// From the visitor's first step into the queue to the assignment, and from there to the agent's first word.
export function firstTimes(conversation: Conversation): { queuedMs?: number; firstAnswerMs?: number } {
  const assigned = conversation.entries.find((entry) => entry.body.kind === 'assigned');
  if (assigned === undefined) return {};
  const queuedMs = Math.max(0, assigned.timeMs - conversation.enteredMs);
  const answer = conversation.entries.find((entry) => entry.body.kind === 'text' && entry.author.role === 'agent');
  return answer === undefined ? { queuedMs } : { queuedMs, firstAnswerMs: Math.max(0, answer.timeMs - assigned.timeMs) };
}
