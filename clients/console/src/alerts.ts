// What is worth a sound, a notification or a number in the title, from one state to the next. Pure.
import type { ConsoleState, Offer } from './model/types';
import { unread } from './model/wait';

export type Alert = { kind: 'offer'; offer: Offer } | { kind: 'message'; conversation: string };

// Nothing that a welcome brings counts as news: a reconnect must not ring for what was there before.
export function alerts(before: ConsoleState, after: ConsoleState): Alert[] {
  if (after.line.state !== 'live' || before.line.state !== 'live') return [];
  const found: Alert[] = [];
  for (const offer of after.offers) {
    const known = before.offers.some((old) => old.conversation === offer.conversation && old.fence === offer.fence);
    if (!known) found.push({ kind: 'offer', offer });
  }
  for (const conversation of Object.values(after.conversations)) {
    const old = before.conversations[conversation.id];
    if (old === undefined || old === conversation || old.entries.length === 0 || conversation.phase !== 'mine') continue;
    const last = old.entries.at(-1)?.seq ?? 0;
    const isNews = conversation.entries.some(
      (entry) => entry.seq > last && entry.body.kind === 'text' && entry.author.role === 'visitor',
    );
    if (isNews) found.push({ kind: 'message', conversation: conversation.id });
  }
  return found;
}

// What waits for the agent's eyes: for the title and the page's icon.
export function waitingForEyes(state: ConsoleState): { offers: number; unread: number } {
  let count = 0;
  for (const conversation of Object.values(state.conversations)) {
    if (conversation.phase === 'mine') count += unread(conversation);
  }
  return { offers: state.offers.length, unread: count };
}
