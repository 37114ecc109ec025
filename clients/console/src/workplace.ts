// The agent's place of work while she is signed in: the link on one side, the state that the page shows on the other, and
// one function per thing that she can do. Knows no DOM.
import { type Environment, type Link, type LinkEvent, Refused } from '../../link/index';
import type { Drafts } from './drafts';
import { errorWord, fromStatus, toConversation, toDecision, toLine, toWhy } from './model/from_link';
import { longestWaiting } from './model/order';
import { type ConsoleEvent, initialState, reduce } from './model/reduce';
import type { AgentStatus, ConsoleState, Decision, Offer, Why } from './model/types';

const leaveWithinMs = 1_500;

type Listener = (state: ConsoleState, before: ConsoleState) => void;

export class Workplace {
  private current: ConsoleState = initialState();
  private readonly listeners = new Set<Listener>();
  private readonly stopListening: () => void;

  constructor(
    private readonly link: Link,
    private readonly environment: Environment,
    readonly drafts: Drafts,
    private readonly stopped: () => void = () => undefined,
  ) {
    this.stopListening = link.subscribe((event) => this.hear(event));
    this.tickSoon();
  }

  get state(): ConsoleState {
    return this.current;
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  start(): void {
    this.link.start();
  }

  stop(): void {
    this.stopListening();
    this.listeners.clear();
    this.cancelTick?.();
    this.link.stop();
    this.stopped();
  }

  // ------------------------------------------------------------ what the agent does

  select(conversation: string | undefined): void {
    this.happen({ kind: 'selected', conversation });
  }

  // The conversation with this place in the list, 0 the first.
  selectAt(place: number): void {
    const id = this.current.order[place];
    if (id !== undefined) this.select(id);
  }

  selectNeighbour(step: 1 | -1): void {
    const { order, selected } = this.current;
    if (order.length === 0) return;
    const at = selected === undefined ? -1 : order.indexOf(selected);
    const next = at < 0 ? (step > 0 ? 0 : order.length - 1) : Math.min(order.length - 1, Math.max(0, at + step));
    this.selectAt(next);
  }

  // Returns whether anybody waits.
  selectLongestWaiting(): boolean {
    const id = longestWaiting(this.current.conversations, this.current.selected);
    if (id !== undefined) this.select(id);
    return id !== undefined;
  }

  // The accepted conversation comes to the front when nothing else is open or being written.
  async accept(offer: Offer): Promise<void> {
    await this.answerOffer(offer, 'accept', () => this.link.accept(offer));
  }

  async decline(offer: Offer, reason: string): Promise<void> {
    await this.answerOffer(offer, 'decline', () => this.link.decline(offer, reason));
  }

  // The record of the decision, or nothing: it is no longer kept, or the line is down.
  async askWhy(conversation: string): Promise<Why | undefined> {
    return this.link.askWhy(conversation).then(toWhy, () => undefined);
  }

  // Supervisors: the shop's latest decisions before this one, the newest first; nothing if they cannot be had now.
  async decisions(limit: number, before = ''): Promise<Decision[] | undefined> {
    return this.link.askDecisions(limit, before).then(
      (all) => all.flatMap((one) => toDecision(one) ?? []),
      () => undefined,
    );
  }

  // Empty text is nothing to send. Returns whether there was something.
  post(conversation: string, text: string): boolean {
    if (text.trim() === '') return false;
    this.link.post(conversation, text);
    this.drafts.set(conversation, '');
    return true;
  }

  retry(conversation: string, clientId: string): void {
    this.link.retry(conversation, clientId);
  }

  discard(conversation: string, clientId: string): void {
    this.link.discard(conversation, clientId);
  }

  typed(conversation: string, text: string): void {
    this.drafts.set(conversation, text);
    this.steady();
    if (this.current.conversations[conversation]?.phase !== 'mine') return;
    if (text === '') this.link.stoppedTyping(conversation);
    else this.link.typed(conversation);
  }

  // Nothing moves in the list for a while.
  steady(): void {
    this.happen({ kind: 'steadied' });
  }

  // The agent has the whole log before her eyes.
  viewed(conversation: string): void {
    if (this.current.conversations[conversation]?.phase === 'mine') this.link.markRead(conversation);
  }

  async close(conversation: string): Promise<void> {
    this.happen({ kind: 'closing', conversation });
    const error = await outcome(this.link.close(conversation));
    this.happen({ kind: 'close_answered', conversation, ...error });
  }

  async setStatus(status: AgentStatus, reason = ''): Promise<void> {
    this.happen({ kind: 'status_asked', status });
    const error = await outcome(this.link.setStatus(fromStatus(status), reason));
    this.happen({ kind: 'status_answered', status, reason, ...error });
  }

  dismiss(notice: number): void {
    this.happen({ kind: 'dismissed', notice });
  }

  // Takes an ended conversation out of the list.
  putAway(conversation: string): void {
    if (this.current.conversations[conversation]?.phase === 'mine') return;
    this.link.forget(conversation);
    this.happen({ kind: 'forgotten', conversation });
  }

  reconnect(): void {
    this.link.hurry();
  }

  // What comes in the agent's language, the quick replies above all, comes in this one from now on.
  speak(language: string): void {
    this.link.speak(language, true);
  }

  // Off shift before the page is left; whether the server heard it is not waited for beyond a moment.
  async leave(): Promise<void> {
    const told = this.current.status === 'offline' ? Promise.resolve() : this.link.setStatus(fromStatus('offline'));
    const enough = new Promise<void>((done) => this.environment.after(leaveWithinMs, done));
    await Promise.race([told.catch(() => undefined), enough]);
  }

  // ------------------------------------------------------------ inside

  private async answerOffer(offer: Offer, answer: 'accept' | 'decline', ask: () => Promise<void>): Promise<void> {
    this.happen({ kind: 'offer_answering', offer, answer });
    const error = await outcome(ask());
    this.happen({ kind: 'offer_answered', offer, ...error });
    if (answer === 'accept' && error.error === undefined) this.bringForward(offer.conversation);
  }

  private bringForward(conversation: string): void {
    const { selected, steadyUntil } = this.current;
    const isBusy = selected !== undefined && (this.drafts.get(selected) !== '' || this.environment.now() < steadyUntil);
    if (!isBusy) this.select(conversation);
  }

  private hear(event: LinkEvent): void {
    switch (event.kind) {
      case 'state':
        return this.happen({ kind: 'line', line: toLine(event.state) });
      case 'welcome':
        return this.happen({ kind: 'frame', body: { case: 'welcome', value: event.welcome } });
      case 'offer':
        return this.happen({ kind: 'frame', body: { case: 'offer', value: event.offer } });
      case 'offer end':
        return this.happen({ kind: 'frame', body: { case: 'offerEnd', value: event.end } });
      case 'status':
        return this.happen({ kind: 'frame', body: { case: 'status', value: event.status } });
      case 'conversation':
      case 'entries':
      case 'gone':
        return this.conversationChanged(event.id);
    }
  }

  private conversationChanged(id: string): void {
    const view = this.link.conversation(id);
    const me = this.link.you?.id;
    if (view === undefined || me === undefined) return;
    this.happen({ kind: 'conversation', conversation: toConversation(view, me) });
  }

  private happen(event: ConsoleEvent): void {
    const before = this.current;
    this.current = reduce(before, event, this.environment.now());
    if (this.current === before) return;
    for (const listener of this.listeners) listener(this.current, before);
  }

  private cancelTick: (() => void) | undefined;

  private tickSoon(): void {
    this.cancelTick = this.environment.after(1000, () => {
      this.happen({ kind: 'tick' });
      this.tickSoon();
    });
  }
}

// LINE: nobody knows whether it was done.
async function outcome(asked: Promise<void>): Promise<{ error?: string }> {
  try {
    await asked;
    return {};
  } catch (error) {
    return { error: error instanceof Refused ? errorWord(error.code) : 'LINE' };
  }
}
