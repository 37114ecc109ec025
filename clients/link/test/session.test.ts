// How one sign-in lives over many lines.
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../frames';
import { Refused, Unanswered } from '../requests';
import { Session, type SessionState } from '../session';
import { FakeServer } from './fake_server';
import { ManualEnvironment } from './manual_environment';

function setUp() {
  const environment = new ManualEnvironment();
  const server = new FakeServer();
  const states: SessionState['at'][] = [];
  const session = new Session({
    dial: server.dial,
    environment,
    hello: () => ({ shop: 'demo', device: 'device-1' }),
    changed: (state) => states.push(state.at),
    received: () => undefined,
  });
  const signIn = async () => {
    const line = await server.line.open();
    await line.hears('hello');
    await line.answers('hello', { case: 'welcome', value: { session: 's', heartbeatMs: 20_000 } });
    return line;
  };
  return { environment, server, session, states, signIn };
}

describe('a session', () => {
  it('dials, says hello first, and is live with the welcome', async () => {
    const { session, states, signIn } = setUp();
    session.start();
    await signIn();
    expect(states).toEqual(['connecting', 'signing in', 'live']);
  });

  it('answers each request once, by ref, whatever the order of the answers', async () => {
    const { session, signIn } = setUp();
    session.start();
    const line = await signIn();
    const read = session.request({ case: 'markRead', value: { conversation: 'c', seq: 1 } });
    const close = session.request({ case: 'close', value: { conversation: 'c' } });
    await line.hears('markRead');
    await line.hears('close');
    await line.answers('close', { case: 'error', value: { code: ErrorCode.NOT_FOUND, message: 'no such conversation' } });
    await line.answers('markRead', { case: 'done', value: {} });
    await expect(close).rejects.toMatchObject({ code: ErrorCode.NOT_FOUND });
    await expect(close).rejects.toBeInstanceOf(Refused);
    expect((await read).case).toBe('done');
  });

  it('does not know the outcome of a request whose line is lost or whose time is over', async () => {
    const { environment, session, signIn } = setUp();
    session.start();
    const line = await signIn();
    const slow = session.request({ case: 'close', value: { conversation: 'c' } });
    const outcome = expect(slow).rejects.toBeInstanceOf(Unanswered);
    await environment.pass(15_000);
    await outcome;
    const cut = session.request({ case: 'close', value: { conversation: 'c' } });
    const cutOutcome = expect(cut).rejects.toBeInstanceOf(Unanswered);
    await line.closes();
    await cutOutcome;
    await expect(session.request({ case: 'heartbeat', value: {} })).rejects.toBeInstanceOf(Unanswered);
  });

  it('comes back with growing, random delays; the count starts anew only after five good seconds', async () => {
    const { environment, server, session, signIn } = setUp();
    environment.nextRandom = 1;
    session.start();
    for (const waitMs of [500, 1000, 2000]) {
      const dialled = server.lines.length;
      await server.line.closes(1006);
      await environment.pass(waitMs - 1);
      expect(server.lines.length).toBe(dialled);
      await environment.pass(1);
      expect(server.lines.length).toBe(dialled + 1);
    }
    let line = await signIn();
    await environment.pass(1_000);
    await line.closes(1012);
    expect(session.state).toMatchObject({ at: 'waiting to reconnect', untilMs: environment.now() + 4000 });
    await environment.pass(4_000);
    line = await signIn();
    await environment.pass(6_000);
    await line.closes(1012);
    expect(session.state).toMatchObject({ at: 'waiting to reconnect', untilMs: environment.now() + 500 });
  });

  it('stays away after 4500-4999 and tells why', async () => {
    const { environment, server, session, signIn } = setUp();
    session.start();
    const line = await signIn();
    await line.closes(4501, 'replaced by a newer login');
    await environment.pass(120_000);
    expect(session.state).toEqual({ at: 'ended', closeCode: 4501, reason: 'replaced by a newer login' });
    expect(server.lines.length).toBe(1);
    session.start();
    expect(server.lines.length).toBe(2);
  });

  it('comes back from 4500 if the line stood still until the time for a hello was over, once it is quick it ends', async () => {
    const { environment, server, session } = setUp();
    environment.nextRandom = 1;
    session.start();
    let line = await server.line.open();
    await line.hears('hello');
    await environment.pass(10_000);
    await line.closes(4500, 'no hello');
    expect(session.state.at).toBe('waiting to reconnect');
    await environment.pass(500);
    line = await server.line.open();
    await line.hears('hello');
    await line.closes(4500, 'token');
    expect(session.state).toMatchObject({ at: 'ended', closeCode: 4500 });
  });

  it('ends when hello is refused for good, comes back when it is refused for now', async () => {
    const { environment, server, session } = setUp();
    session.start();
    let line = await server.line.open();
    await line.hears('hello');
    await line.answers('hello', { case: 'error', value: { code: ErrorCode.BUSY, retryAfterMs: 700 } });
    expect(session.state.at).toBe('waiting to reconnect');
    await environment.pass(700);
    line = await server.line.open();
    await line.hears('hello');
    await line.answers('hello', { case: 'error', value: { code: ErrorCode.INVALID, message: 'shop' } });
    expect(session.state).toMatchObject({ at: 'ended' });
  });

  it('gives up a line on which no welcome comes', async () => {
    const { environment, server, session } = setUp();
    session.start();
    const line = await server.line.open();
    await line.hears('hello');
    await environment.pass(15_000);
    expect(line.closedByClient).toBeDefined();
    expect(session.state.at).not.toBe('signing in');
  });

  it('beats its heart, and drops a line that stays silent', async () => {
    const { environment, session, signIn } = setUp();
    session.start();
    const line = await signIn();
    await environment.pass(20_000);
    await line.hears('heartbeat');
    await line.answers('heartbeat', { case: 'done', value: {} });
    await environment.pass(20_000);
    await line.hears('heartbeat');
    expect(session.state.at).toBe('live');
    await environment.pass(10_000);
    expect(session.state.at).toBe('waiting to reconnect');
    expect(line.closedByClient?.code).toBe(4001);
  });

  it('checks a doubtful line within five seconds', async () => {
    const { environment, session, signIn } = setUp();
    session.start();
    const line = await signIn();
    session.doubt();
    await line.hears('heartbeat');
    await environment.pass(5_000);
    expect(session.state.at).toBe('waiting to reconnect');
  });

  it('moves at its own moment when the gateway goes away, without a further wait', async () => {
    const { environment, server, session, signIn } = setUp();
    session.start();
    const line = await signIn();
    await line.pushes({ case: 'reconnect', value: { afterMs: 3_000 } });
    await environment.pass(2_999);
    expect(session.state.at).toBe('live');
    await environment.pass(1);
    expect(server.lines.length).toBe(2);
    expect(line.closedByClient?.code).toBe(1000);
  });

  it('keeps its moment when the gateway closes earlier', async () => {
    const { environment, server, session, signIn } = setUp();
    session.start();
    const line = await signIn();
    await line.pushes({ case: 'reconnect', value: { afterMs: 3_000 } });
    await environment.pass(1_000);
    await line.closes(1012);
    await environment.pass(1_999);
    expect(server.lines.length).toBe(1);
    await environment.pass(1);
    expect(server.lines.length).toBe(2);
  });

  it('hears nothing more from a line that it gave up', async () => {
    const { server, session, signIn } = setUp();
    session.start();
    const first = await signIn();
    session.stop();
    session.start();
    await first.closes(4501);
    expect(session.state.at).toBe('connecting');
    expect(server.lines.length).toBe(2);
  });
});
