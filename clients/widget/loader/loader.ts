// What a shop's page embeds: <script src="https://chat.example/widget.js" data-shop="demo" async></script>
// Draws the launcher and holds the chat's frame. The chat itself lives on our origin, in its own document: the page cannot
// read it, and nothing of the page's style reaches it. Options, all as data- attributes:
//   data-shop      the shop's id (needed)         data-language  "zh" or "en"; else the page's, else the browser's
//   data-skill     topic of this page             data-color     the launcher's colour, #rrggbb
//   data-name      the customer's name for the agents to see
// The page may call window.Switchboard: open({skill}), close(), setLanguage("zh").
import { loaderStyle } from './style';
import { words } from './words';

interface OpenOptions {
  skill?: string;
}
interface SwitchboardApi {
  open(options?: OpenOptions): void;
  close(): void;
  setLanguage(language: string): void;
}
declare global {
  interface Window {
    Switchboard?: SwitchboardApi;
  }
}

type FromFrame =
  | { switchboard: 'ready' }
  | { switchboard: 'minimise' }
  | { switchboard: 'unread'; count: number }
  | { switchboard: 'conversation'; open: boolean }
  | { switchboard: 'borrow' }
  | { switchboard: 'keep'; kind: 'local' | 'session'; key: string; value: string | null };

const script = document.currentScript as HTMLScriptElement | null;
if (script?.dataset.shop && !window.Switchboard) start(script, script.dataset.shop);

function start(script: HTMLScriptElement, shop: string): void {
  const origin = new URL(script.src).origin;
  const resumeKey = `switchboard.${shop}.resume`;
  const openKey = `switchboard.${shop}.open`;
  let language = pickLanguage(script.dataset.language);
  let frame: HTMLIFrameElement | undefined;
  let ready = false;
  let isOpen = false;
  let unread = 0;
  let waitingForReady: object[] = [];

  const host = document.createElement('switchboard-chat');
  const root = host.attachShadow({ mode: 'open' });
  addStyle(root);
  const panel = element('div', 'panel');
  panel.setAttribute('role', 'dialog');
  const launcher = element('button', 'launcher') as HTMLButtonElement;
  launcher.type = 'button';
  if (/^#[0-9a-f]{6}$/i.test(script.dataset.color ?? '')) launcher.style.setProperty('--accent', script.dataset.color!);
  const label = element('span', 'label');
  const badge = element('span', 'badge');
  launcher.append(bubbleIcon(), label, badge);
  root.append(panel, launcher);

  function render(): void {
    panel.classList.toggle('open', isOpen);
    panel.setAttribute('aria-label', words(language).title);
    launcher.classList.toggle('open', isOpen);
    launcher.setAttribute('aria-expanded', String(isOpen));
    launcher.setAttribute('aria-label', words(language).launcher(isOpen, unread));
    label.textContent = words(language).label;
    badge.textContent = unread > 9 ? '9+' : String(unread);
    badge.hidden = unread === 0 || isOpen;
    document.documentElement.style.overflow = isOpen && isPhone() ? 'hidden' : '';
    fit();
  }

  function ensureFrame(): void {
    if (frame) return;
    const url = new URL('/widget/', origin);
    url.searchParams.set('shop', shop);
    url.searchParams.set('language', language);
    url.searchParams.set('host', location.origin);
    if (script.dataset.skill) url.searchParams.set('skill', script.dataset.skill);
    if (script.dataset.name) url.searchParams.set('name', script.dataset.name);
    frame = document.createElement('iframe');
    frame.title = words(language).title;
    frame.allow = 'clipboard-write';
    frame.src = url.href;
    panel.append(frame);
  }

  function tell(message: object): void {
    if (ready) frame?.contentWindow?.postMessage(message, origin);
    else waitingForReady.push(message);
  }

  function show(options: OpenOptions = {}): void {
    ensureFrame();
    isOpen = true;
    remember('session', openKey, true);
    tell({ switchboard: 'open', skill: options.skill ?? '' });
    render();
  }

  function open(options: OpenOptions = {}): void {
    show(options);
    frame?.focus();
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    remember('session', openKey, false);
    tell({ switchboard: 'minimised' });
    render();
    launcher.focus();
  }

  /** On a phone the on-screen keyboard covers the page: the panel follows what can be seen. */
  function fit(): void {
    const seen = window.visualViewport;
    const full = isOpen && isPhone() && seen;
    panel.style.height = full ? `${seen.height}px` : '';
    panel.style.top = full ? `${seen.offsetTop}px` : '';
  }

  function hear(event: MessageEvent): void {
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
    const message = event.data as FromFrame;
    if (message?.switchboard === 'ready') {
      ready = true;
      const due = waitingForReady;
      waitingForReady = [];
      due.forEach(tell);
    } else if (message?.switchboard === 'minimise') {
      close();
    } else if (message?.switchboard === 'unread') {
      unread = Math.max(0, Math.trunc(Number(message.count) || 0));
      render();
    } else if (message?.switchboard === 'conversation') {
      remember('local', resumeKey, message.open);
    } else if (message?.switchboard === 'borrow') {
      frame.contentWindow?.postMessage({ switchboard: 'kept', local: kept('local', shop), session: kept('session', shop) }, origin);
    } else if (message?.switchboard === 'keep') {
      keep(message.kind, shop, message.key, message.value);
    }
  }

  launcher.addEventListener('click', () => (isOpen ? close() : open()));
  launcher.addEventListener('pointerenter', ensureFrame, { once: true });
  window.addEventListener('message', hear);
  window.addEventListener('resize', render);
  window.visualViewport?.addEventListener('resize', fit);
  window.visualViewport?.addEventListener('scroll', fit);
  window.Switchboard = {
    open,
    close,
    setLanguage(next) {
      language = pickLanguage(next);
      tell({ switchboard: 'language', language });
      render();
    },
  };

  render();
  const attach = () => {
    document.body.append(host);
    // A running conversation is listened to from the start, so that its answers show as a badge. Idle visitors cost nothing.
    // Beside a page it stands open as she left it, without taking the focus; on a phone it would cover the page she went to.
    if (!remembered('local', resumeKey)) return;
    if (remembered('session', openKey) && !isPhone()) show();
    else ensureFrame();
  };
  if (document.body) attach();
  else document.addEventListener('DOMContentLoaded', attach);
}

function pickLanguage(asked: string | undefined): string {
  const language = asked || document.documentElement.lang || navigator.language;
  return language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function isPhone(): boolean {
  return matchMedia('(max-width: 640px), (max-height: 480px)').matches;
}

function element(name: string, className: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

/** A constructed sheet needs no permission from the page's content policy. */
function addStyle(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(loaderStyle);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = document.createElement('style');
    style.textContent = loaderStyle;
    root.append(style);
  }
}

function bubbleIcon(): SVGElement {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('aria-hidden', 'true');
  for (const [d, className] of [
    ['M16 5C9.4 5 4 9.5 4 15.1c0 3.1 1.7 5.9 4.3 7.7l-.9 3.7c-.1.5.4.9.9.7l4.3-2.2c1.1.2 2.2.3 3.4.3 6.6 0 12-4.5 12-10.2S22.6 5 16 5z', 'shape'],
    ['M11 15.2q5 5 10 0', 'smile'],
    ['M9 9l14 14M23 9L9 23', 'cross'],
  ] as const) {
    const path = document.createElementNS(ns, 'path');
    path.setAttribute('d', d);
    path.setAttribute('class', className);
    svg.append(path);
  }
  return svg;
}

function remember(kind: 'local' | 'session', key: string, on: boolean): void {
  try {
    if (on) storageOf(kind).setItem(key, '1');
    else storageOf(kind).removeItem(key);
  } catch {
    // Without storage the chat resumes when it is opened.
  }
}

function remembered(kind: 'local' | 'session', key: string): boolean {
  try {
    return storageOf(kind).getItem(key) !== null;
  } catch {
    return false;
  }
}

// Browsers may forbid storage to a frame on another site's page. Then this page's own keeps what the frame would have kept, so
// that a conversation survives a change of page here too.

const KEPT = 'switchboard.kept:';
const KEPT_LENGTH_MAX = 200_000;

function storageOf(kind: 'local' | 'session'): Storage {
  return kind === 'session' ? sessionStorage : localStorage;
}

function kept(kind: 'local' | 'session', shop: string): Record<string, string> {
  const items: Record<string, string> = {};
  try {
    const storage = storageOf(kind);
    for (const key of Object.keys(storage)) {
      if (key.startsWith(`${KEPT}switchboard.${shop}.`)) items[key.slice(KEPT.length)] = storage.getItem(key) ?? '';
    }
  } catch {
    // Forbidden here too: nothing is kept.
  }
  return items;
}

function keep(kind: 'local' | 'session', shop: string, key: unknown, value: unknown): void {
  if (typeof key !== 'string' || !key.startsWith(`switchboard.${shop}.`)) return;
  try {
    if (typeof value === 'string' && value.length <= KEPT_LENGTH_MAX) storageOf(kind).setItem(KEPT + key, value);
    else storageOf(kind).removeItem(KEPT + key);
  } catch {
    // Full or forbidden: memory has to do.
  }
}
