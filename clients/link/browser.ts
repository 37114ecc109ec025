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

/** Storage may be forbidden (private mode, blocked third-party storage): then memory has to do for the life of the page. */
function storageOr(kind: 'localStorage' | 'sessionStorage'): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    const storage = window[kind];
    storage.getItem('switchboard');
    return storage;
  } catch {
    const memory = new Map<string, string>();
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    };
  }
}

export const localKeys = storageOr('localStorage');
export const sessionKeys = storageOr('sessionStorage');

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
  const devices: string[] = [];
  try {
    for (let i = 0; i < localStorage.length; i += 1) {
      const key = localStorage.key(i) ?? '';
      if (key.startsWith(prefix) && /"state":"(waiting|sending)"/.test(localStorage.getItem(key) ?? '')) {
        devices.push(key.slice(prefix.length));
      }
    }
  } catch {
    // No storage, nothing left behind.
  }
  return devices;
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
