// What the agent has begun to write, per conversation, kept over a reload of the tab.

type Keys = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class Drafts {
  private readonly texts = new Map<string, string>();

  // `owner` keeps the drafts of two agents on one machine apart.
  constructor(
    private readonly keys: Keys,
    private readonly owner: string,
  ) {}

  get(conversation: string): string {
    const known = this.texts.get(conversation);
    if (known !== undefined) return known;
    const kept = this.keys.getItem(this.key(conversation)) ?? '';
    this.texts.set(conversation, kept);
    return kept;
  }

  set(conversation: string, text: string): void {
    this.texts.set(conversation, text);
    try {
      if (text === '') this.keys.removeItem(this.key(conversation));
      else this.keys.setItem(this.key(conversation), text);
    } catch {
      // Storage is full: the draft lives as long as the page.
    }
  }

  private key(conversation: string): string {
    return `switchboard.console.draft.${this.owner}.${conversation}`;
  }
}
