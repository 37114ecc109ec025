// Shows what each answer of the log-in means to the agent, and what is kept of it.
import { describe, expect, it } from 'vitest';
import { keepAccount, loadAccount, signIn } from './sign_in';

const asked = { shop: ' demo ', agent: 'lin', password: 'secret' };
const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  (async () => new Response(body, { status, headers })) as typeof fetch;

describe('signIn', () => {
  it('gives an account for a token', async () => {
    let sent: unknown;
    const send = (async (url: string, init: RequestInit) => {
      sent = [url, init.method, JSON.parse(init.body as string)];
      return new Response('{"token":"t","expires_ms":1}');
    }) as typeof fetch;
    expect(await signIn(asked, send)).toEqual({ kind: 'done', account: { shop: 'demo', agent: 'lin', token: 't' } });
    expect(sent).toEqual(['/api/v1/login', 'POST', { shop: 'demo', agent: 'lin', password: 'secret' }]);
  });

  it('asks nobody when something is missing', async () => {
    const never = (() => Promise.reject(new Error('asked'))) as typeof fetch;
    expect(await signIn({ ...asked, agent: ' ' }, never)).toEqual({ kind: 'missing' });
  });

  it('tells a refusal from too many tries, no network and a broken server', async () => {
    expect(await signIn(asked, answering(401, '{"error":"no"}'))).toEqual({ kind: 'refused' });
    expect(await signIn(asked, answering(429, '', { 'retry-after': '12' }))).toEqual({
      kind: 'too_many',
      retryAfterMs: 12_000,
    });
    expect(await signIn(asked, answering(429, ''))).toMatchObject({ kind: 'too_many' });
    expect(await signIn(asked, (() => Promise.reject(new TypeError('net'))) as typeof fetch)).toEqual({
      kind: 'unreachable',
    });
    expect(await signIn(asked, answering(503, ''))).toEqual({ kind: 'server' });
    expect(await signIn(asked, answering(200, 'no json'))).toEqual({ kind: 'server' });
    expect(await signIn(asked, answering(200, '{}'))).toEqual({ kind: 'server' });
  });
});

describe('the kept account', () => {
  it('survives a reload, and nothing but a whole one counts', () => {
    const map = new Map<string, string>();
    const keys = {
      getItem: (k: string) => map.get(k) ?? null,
      setItem: (k: string, v: string) => void map.set(k, v),
      removeItem: (k: string) => void map.delete(k),
    };
    expect(loadAccount(keys)).toBeUndefined();
    keepAccount(keys, { shop: 'demo', agent: 'lin', token: 't' });
    expect(loadAccount(keys)).toEqual({ shop: 'demo', agent: 'lin', token: 't' });
    for (const broken of ['{', '"x"', '{"shop":"demo"}']) {
      for (const key of map.keys()) map.set(key, broken);
      expect(loadAccount(keys)).toBeUndefined();
    }
    keepAccount(keys, undefined);
    expect(map.size).toBe(0);
  });
});
