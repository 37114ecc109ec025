// The link's environment in a browser: WebSocket, timers, chance, storage. The only file of the link that knows one.
import type { Dial, Environment } from './environment';
import { SUBPROTOCOL } from './frames';
import type { OutgoingStore, OwnPost } from './outgoing';
import type { TokenStore } from './link';

export const browserEnvironment: Environment = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  },
};

/** @param url ws:// or wss://, e.g. `webSocketUrl(location.origin)` */
export function webSocketDial(url: string): Dial {
  return (events) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => events.opened();
    socket.onmessage = (message) => {
      if (message.data instanceof ArrayBuffer) events.received(new Uint8Array(message.data));
    };
    socket.onclose = (close) => events.closed(close.code, close.reason);
    return {
      send: (bytes) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
      },
      close: (code, reason) => {
        // The session has given this line up: nothing more may reach it.
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close(code, reason);
      },
    };
  };
}

export function webSocketUrl(origin: string): string {
  return `${origin.replace(/^http/, 'ws')}/v1/ws`;
}

/** What we need of a Storage. */
export interface Keys {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  names(): string[];
}

/** Told of each change, so that somebody else may keep it. `null`: removed. */
export type Keeper = (kind: 'local' | 'session', key: string, value: string | null) => void;

/** Memory in a storage's place, for the life of the page; a keeper may make it last longer. */
class MemoryKeys implements Keys {
  keeper: Keeper | undefined;
  private readonly items = new Map<string, string>();

  constructor(private readonly kind: 'local' | 'session') {}

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
    this.keeper?.(this.kind, key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
    this.keeper?.(this.kind, key, null);
  }
  names(): string[] {
    return [...this.items.keys()];
  }
}

/** Storage may be forbidden: private mode, or a frame on another site's page. */
function storageOr(kind: 'local' | 'session'): Keys {
  try {
    const storage = window[`${kind}Storage`];
    storage.getItem('switchboard');
    return {
      getItem: (key) => storage.getItem(key),
      setItem: (key, value) => storage.setItem(key, value),
      removeItem: (key) => storage.removeItem(key),
      names: () => Object.keys(storage),
    };
  } catch {
    return new MemoryKeys(kind);
  }
}

export const localKeys = storageOr('local');
export const sessionKeys = storageOr('session');

export const storageIsForbidden = localKeys instanceof MemoryKeys;

/** Where storage is forbidden: begin with what a keeper has kept, and have it keep what changes from now on. */
export function lendStorage(kept: Record<'local' | 'session', Record<string, string>>, keeper: Keeper): void {
  for (const [kind, keys] of [['local', localKeys], ['session', sessionKeys]] as const) {
    if (!(keys instanceof MemoryKeys)) continue;
    for (const [key, value] of Object.entries(kept[kind])) keys.setItem(key, value);
    keys.keeper = keeper;
  }
}

export function localTokenStore(key: string): TokenStore {
  return {
    get: () => localKeys.getItem(key) ?? '',
    set: (token) => (token ? localKeys.setItem(key, token) : localKeys.removeItem(key)),
  };
}

const outgoingKey = (app: string, device: string) => `${app}.outgoing.${device}`;

/** @param app a prefix for the keys, e.g. "switchboard.demo" */
export function localOutgoingStore(app: string, device: string): OutgoingStore {
  const key = outgoingKey(app, device);
  return {
    load() {
      try {
        const posts: unknown = JSON.parse(localKeys.getItem(key) ?? '[]');
        return Array.isArray(posts) ? (posts as OwnPost[]) : [];
      } catch {
        return [];
      }
    },
    save(posts) {
      try {
        if (posts.length === 0) localKeys.removeItem(key);
        else localKeys.setItem(key, JSON.stringify(posts));
      } catch {
        // Full: what is in memory still goes out as long as the page lives.
      }
    },
  };
}

/**
 * The name of this tab: kept over reloads, never shared by two tabs at a time (a duplicated tab copies its session storage),
 * and a new tab takes over the name of a closed one that left unsent messages behind, so that they still go out once.
 */
export async function tabDevice(app: string, environment: Environment = browserEnvironment): Promise<string> {
  const key = `${app}.device`;
  const mine = sessionKeys.getItem(key);
  for (const candidate of [...(mine ? [mine] : []), ...devicesWithUnsent(app)]) {
    if (await claim(`${app}.tab.${candidate}`, candidate === mine)) {
      sessionKeys.setItem(key, candidate);
      return candidate;
    }
  }
  const fresh = environment.newId();
  await claim(`${app}.tab.${fresh}`, true);
  sessionKeys.setItem(key, fresh);
  return fresh;
}

function devicesWithUnsent(app: string): string[] {
  const prefix = outgoingKey(app, '');
  const unsent = (key: string) => /"state":"(waiting|sending)"/.test(localKeys.getItem(key) ?? '');
  return localKeys
    .names()
    .filter((key) => key.startsWith(prefix) && unsent(key))
    .map((key) => key.slice(prefix.length));
}

/** A lock that lives as long as the page does. Where there are no locks, a tab's own name is trusted. */
function claim(name: string, withoutLocks: boolean): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(withoutLocks);
  return new Promise((resolve) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise<void>(() => undefined) : undefined;
      })
      .catch(() => resolve(withoutLocks));
  });
}

/** The browser's hints about the network, passed on. @returns how to stop. */
export function watchNetwork(link: { hurry(): void; doubt(): void }): () => void {
  const back = () => {
    link.hurry();
    link.doubt();
  };
  const seen = () => {
    if (document.visibilityState === 'visible') back();
  };
  window.addEventListener('online', back);
  window.addEventListener('offline', back);
  document.addEventListener('visibilitychange', seen);
  return () => {
    window.removeEventListener('online', back);
    window.removeEventListener('offline', back);
    document.removeEventListener('visibilitychange', seen);
  };
}
