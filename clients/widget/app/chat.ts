// What the widget knows beyond the link: which conversation is shown, what is being chosen, whether anybody looks.
import {
  CLOSE_TOKEN_EXPIRED,
  ConversationState,
  type ConversationView,
  type Link,
  type LinkEvent,
  meansOver,
  Role,
  type TokenStore,
  WishMode,
} from '../../link';
import { localKeys, sessionKeys } from '../../link/browser';
import type { Frame } from './frame';
import { ownWordsUnanswered } from './items';
import { type Language, toLanguage } from './words';

export interface Choice {
  skill: string;
  mode: WishMode;
  /** Of PREFER and STRICT; kept while ANY is chosen, so that going back finds it. */
  persona: string;
}

interface ChatOptions {
  link: Link;
  frame: Frame;
  /** Prefix of this shop's storage keys. */
  storage: string;
  tokens: TokenStore;
  language: string;
  skill: string;
}

const CLOSE_TOKEN_INVALID = 4500;

export class Chat {
  readonly link: Link;
  language: Language;
  choice: Choice;
  /** Choosing another wish while waiting. */
  changingWish = false;
  /** A request for which the user waits. */
  busy = false;
  /** The last request could not be done. */
  failed = false;

  private readonly listeners = new Set<() => void>();
  private readonly options: ChatOptions;
  private open: boolean;
  private renewedToken = false;
  private wasLive = false;

  constructor(options: ChatOptions) {
    this.options = options;
    this.link = options.link;
    this.language = toLanguage(options.language);
    this.open = options.frame.standsAlone;
    this.choice = { skill: options.skill, mode: WishMode.WISH_ANY, persona: '' };
    options.link.subscribe((event) => this.hear(event));
    options.frame.listen({
      opened: (skill) => this.show(skill),
      minimised: () => this.setOpen(false),
      languageChanged: (language) => this.changeLanguage(language),
    });
    document.addEventListener('visibilitychange', () => this.seen());
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // ------------------------------------------------------------ what is shown

  /** The line was up once on this page: a later loss is an interruption, not a slow start. */
  get hasBeenLive(): boolean {
    return this.wasLive;
  }
  get standsAlone(): boolean {
    return this.options.frame.standsAlone;
  }
  get isOpen(): boolean {
    return this.open;
  }

  get conversation(): ConversationView | undefined {
    const id = this.currentId;
    const view = id ? this.link.conversation(id) : undefined;
    return view && (view.entries.length > 0 || view.info.state !== ConversationState.CONVERSATION_UNSPECIFIED) ? view : undefined;
  }

  get unread(): number {
    return this.conversation?.unread(Role.VISITOR) ?? 0;
  }

  // ------------------------------------------------------------ what she does

  choose(change: Partial<Choice>): void {
    this.choice = { ...this.choice, ...change };
    this.failed = false;
    this.changed();
  }

  async start(): Promise<void> {
    const { skill } = this.choice;
    await this.ask(async () => {
      const conversation = await this.link.open({ skill, wish: this.wish });
      this.currentId = conversation.id;
    });
  }

  askForAnotherWish(): void {
    const wish = this.conversation?.info.wish;
    if (wish) this.choice = { ...this.choice, mode: wish.mode, persona: wish.persona };
    this.changingWish = true;
    this.changed();
  }
  keepWish(): void {
    this.changingWish = false;
    this.failed = false;
    this.changed();
  }
  async changeWish(): Promise<void> {
    const id = this.currentId;
    if (!id) return;
    const wish = this.wish;
    await this.ask(async () => {
      await this.link.changeWish(id, wish);
      this.changingWish = false;
    });
  }

  post(text: string): void {
    if (this.currentId) this.link.post(this.currentId, text);
  }

  async close(): Promise<void> {
    const id = this.currentId;
    if (id) await this.ask(() => this.link.close(id));
  }

  /** Leaves the closed conversation and shows the choice again. */
  startAgain(): void {
    const id = this.currentId;
    if (id) {
      this.keepUnsent(id);
      this.link.forget(id);
    }
    this.currentId = undefined;
    this.changed();
  }

  minimise(): void {
    if (this.standsAlone) return;
    this.setOpen(false);
    this.options.frame.minimise();
  }

  get draft(): string {
    return sessionKeys.getItem(`${this.options.storage}.draft`) ?? '';
  }
  set draft(text: string) {
    if (text) sessionKeys.setItem(`${this.options.storage}.draft`, text);
    else sessionKeys.removeItem(`${this.options.storage}.draft`);
  }

  // ------------------------------------------------------------ inside

  /**
   * What came too late for a closed conversation is not lost: it stands in the box of the next one. So does what nobody
   * has answered in one that the server has lost.
   */
  private keepUnsent(id: string): void {
    const conversation = this.link.conversation(id);
    const unsent = conversation?.pending.filter(({ state }) => state === 'refused') ?? [];
    const unanswered = conversation?.gone ? ownWordsUnanswered(conversation.entries) : [];
    if (unsent.length + unanswered.length === 0) return;
    this.draft = [...unanswered, ...unsent.map(({ text }) => text), this.draft].filter(Boolean).join('\n');
    for (const { clientId } of unsent) this.link.discard(id, clientId);
  }

  private changeLanguage(language: string): void {
    this.language = toLanguage(language);
    const running = this.conversation && this.conversation.info.state !== ConversationState.CONVERSATION_CLOSED;
    this.link.speak(this.language, !running);
    this.changed();
  }

  private get wish() {
    const { mode, persona } = this.choice;
    return { mode, persona: mode === WishMode.WISH_ANY ? '' : persona };
  }

  private get currentId(): string | undefined {
    return localKeys.getItem(`${this.options.storage}.conversation`) ?? undefined;
  }
  private set currentId(id: string | undefined) {
    const key = `${this.options.storage}.conversation`;
    if (id) localKeys.setItem(key, id);
    else localKeys.removeItem(key);
  }

  private async ask(task: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.failed = false;
    this.changed();
    try {
      await task();
    } catch (error) {
      this.failed = !meansOver(error);
    }
    this.busy = false;
    this.changed();
  }

  private hear(event: LinkEvent): void {
    if (event.kind === 'state') this.stateChanged();
    if (event.kind === 'welcome') this.welcomed();
    if (event.kind === 'conversation' || event.kind === 'entries') this.adopt();
    this.seen();
    this.changed();
  }

  private stateChanged(): void {
    const { state } = this.link;
    if (state.at === 'live') this.wasLive = true;
    const tokenIsDead = state.at === 'ended' && [CLOSE_TOKEN_INVALID, CLOSE_TOKEN_EXPIRED].includes(state.closeCode);
    if (!tokenIsDead || this.renewedToken || !this.options.tokens.get()) return;
    // An old visit has run out: she is a new visitor now, without being bothered about it.
    this.renewedToken = true;
    this.options.tokens.set('');
    this.currentId = undefined;
    queueMicrotask(() => this.link.start());
  }

  private welcomed(): void {
    this.adopt();
    const id = this.currentId;
    // The welcome names open conversations only; the one shown last may have been closed and is still worth reading.
    if (id && !this.link.conversation(id)) {
      this.link.follow(id).catch((error: unknown) => {
        if (meansOver(error)) this.startAgain();
      });
    }
    if (!this.choice.skill) this.choice = { ...this.choice, skill: this.link.welcome?.shop?.skills[0]?.id ?? '' };
  }

  /** Her open conversation is shown wherever it was opened: here, in another tab, before a reload. */
  private adopt(): void {
    const running = this.link.conversations.filter(
      ({ gone, info }) =>
        !gone &&
        info.state !== ConversationState.CONVERSATION_CLOSED &&
        info.state !== ConversationState.CONVERSATION_UNSPECIFIED,
    );
    const newest = running[running.length - 1];
    if (newest && !running.some(({ id }) => id === this.currentId)) this.currentId = newest.id;
    if (this.changingWish && this.conversation?.info.state !== ConversationState.CONVERSATION_WAITING) this.changingWish = false;
    this.options.frame.conversation(running.length > 0);
  }

  private show(skill: string): void {
    if (skill && this.link.welcome?.shop?.skills.some(({ id }) => id === skill)) this.choose({ skill });
    else if (skill && !this.link.welcome) this.choice = { ...this.choice, skill };
    this.link.hurry();
    this.setOpen(true);
  }

  private setOpen(open: boolean): void {
    this.open = open;
    this.seen();
    this.changed();
  }

  private seen(): void {
    const { conversation } = this;
    if (conversation && this.open && document.visibilityState === 'visible') this.link.markRead(conversation.id);
    this.options.frame.unread(this.unread);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
