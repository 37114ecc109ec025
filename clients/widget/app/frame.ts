// The other side of the loader: messages between this frame and the page that holds it. Only that page is heard.

type FromPage =
  | { switchboard: 'open'; skill?: string }
  | { switchboard: 'minimised' }
  | { switchboard: 'language'; language: string };

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
