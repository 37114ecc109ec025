// Shop, agent and password -> a token, or a refusal in the words of the page.

export interface Account {
  shop: string;
  agent: string;
  token: string;
}

export type SignInRefusal =
  | { kind: 'missing' }
  | { kind: 'refused' }
  | { kind: 'too_many'; retryAfterMs: number }
  | { kind: 'unreachable' }
  | { kind: 'server' };

export type SignInResult = { kind: 'done'; account: Account } | SignInRefusal;

const retryDefaultMs = 30_000;

export async function signIn(
  asked: { shop: string; agent: string; password: string },
  send: typeof fetch = fetch,
): Promise<SignInResult> {
  const shop = asked.shop.trim();
  const agent = asked.agent.trim();
  if (shop === '' || agent === '' || asked.password === '') return { kind: 'missing' };
  let response: Response;
  try {
    response = await send('/api/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ shop, agent, password: asked.password }),
      credentials: 'omit',
      cache: 'no-store',
    });
  } catch {
    return { kind: 'unreachable' };
  }
  if (response.status === 400 || response.status === 401 || response.status === 403) return { kind: 'refused' };
  if (response.status === 429) return { kind: 'too_many', retryAfterMs: retryAfterMs(response) };
  if (!response.ok) return { kind: 'server' };
  const answer: unknown = await response.json().catch(() => undefined);
  const token = (answer as { token?: unknown } | undefined)?.token;
  return typeof token === 'string' && token !== '' ? { kind: 'done', account: { shop, agent, token } } : { kind: 'server' };
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : retryDefaultMs;
}

type Keys = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
const accountKey = 'switchboard.console.account';

// The session lives as long as the tab.
export function loadAccount(keys: Keys): Account | undefined {
  try {
    const kept: unknown = JSON.parse(keys.getItem(accountKey) ?? 'null');
    const { shop, agent, token } = (kept ?? {}) as Partial<Account>;
    return shop && agent && token ? { shop, agent, token } : undefined;
  } catch {
    return undefined;
  }
}

export function keepAccount(keys: Keys, account: Account | undefined): void {
  if (account === undefined) keys.removeItem(accountKey);
  else keys.setItem(accountKey, JSON.stringify(account));
}
