// The other side of the loader: messages between this frame and the page that holds it. Only that page is heard.

type FromPage =
  | { switchboard: 'open'; skill?: string }
  | { switchboard: 'minimised' }
  | { switchboard: 'language'; language: string }
  | { switchboard: 'kept'; local: Record<string, string>; session: Record<string, string> };

/** A page that does not answer has a loader that keeps nothing: go on without. */
const KEPT_WITHIN_MS = 1_500;

export interface FrameListener {
  opened(skill: string): void;
  minimised(): void;
  languageChanged(language: string): void;
}

export class Frame {
  private readonly embedded = window.parent !== window;
  private listener: FrameListener | undefined;

  /** @param hostOrigin the embedding page's origin as the loader named it; messages from and to any other are dropped */
  constructor(private readonly hostOrigin: string) {}

  /** Opened as a page of its own (a link in an e-mail, a phone's app): then it is always open. */
  get standsAlone(): boolean {
    return !this.embedded;
  }

  listen(listener: FrameListener): void {
    this.listener = listener;
    window.addEventListener('message', (event) => this.hear(event));
  }

  /**
   * Where the browser forbids storage to a frame on another site's page, that page's loader keeps it in the page's own.
   * @returns what it has kept; undefined when there is nobody to keep anything
   */
  borrowStorage(): Promise<{ local: Record<string, string>; session: Record<string, string> } | undefined> {
    if (!this.embedded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const finish = (kept?: { local: Record<string, string>; session: Record<string, string> }) => {
        clearTimeout(timer);
        window.removeEventListener('message', hear);
        resolve(kept);
      };
      const hear = (event: MessageEvent) => {
        if (event.source !== window.parent || event.origin !== this.hostOrigin) return;
        const message = event.data as FromPage;
        if (message?.switchboard === 'kept') finish({ local: texts(message.local), session: texts(message.session) });
      };
      const timer = setTimeout(finish, KEPT_WITHIN_MS);
      window.addEventListener('message', hear);
      this.tell({ switchboard: 'borrow' });
    });
  }
  keep(kind: 'local' | 'session', key: string, value: string | null): void {
    this.tell({ switchboard: 'keep', kind, key, value });
  }

  ready(): void {
    this.tell({ switchboard: 'ready' });
  }
  minimise(): void {
    this.tell({ switchboard: 'minimise' });
  }
  unread(count: number): void {
    this.tell({ switchboard: 'unread', count });
  }
  conversation(open: boolean): void {
    this.tell({ switchboard: 'conversation', open });
  }

  private hear(event: MessageEvent): void {
    if (event.source !== window.parent || event.origin !== this.hostOrigin) return;
    const message = event.data as FromPage;
    if (message?.switchboard === 'open') this.listener?.opened(String(message.skill ?? ''));
    if (message?.switchboard === 'minimised') this.listener?.minimised();
    if (message?.switchboard === 'language') this.listener?.languageChanged(String(message.language));
  }

  private tell(message: object): void {
    if (this.embedded && this.hostOrigin) window.parent.postMessage(message, this.hostOrigin);
  }
}

function texts(items: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(items ?? {}).filter(([, value]) => typeof value === 'string'));
}
