// Dialogues between the link and a scripted server: what is said on the wire, what the app sees.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ConversationState, type EntrySchema, ErrorCode, Role, Trigger } from '../frames';
import { Link, type LinkEvent } from '../link';
import type { OwnPost } from '../outgoing';
import { agent, FakeServer, says, text, visitor } from './fake_server';
import { ManualEnvironment, settled } from './manual_environment';

/** What survives a reload. */
class Kept {
  token = '';
  posts = '[]';
}

function setUp(kept = new Kept(), environment = new ManualEnvironment()) {
  const server = new FakeServer();
  environment.nextRandom = 0;
  const link = new Link({
    shop: 'demo',
    device: 'device-1',
    client: 'test',
    language: 'en',
    dial: server.dial,
    environment,
    tokens: { get: () => kept.token, set: (token) => (kept.token = token) },
    outgoing: {
      load: () => JSON.parse(kept.posts) as OwnPost[],
      save: (posts) => (kept.posts = JSON.stringify(posts)),
    },
  });
  const events: LinkEvent[] = [];
  link.subscribe((event) => events.push(event));
  return { kept, environment, server, link, events };
}

const active = { id: 'c1', epoch: 1, state: ConversationState.CONVERSATION_ACTIVE, agent, visitor };

type World = ReturnType<typeof setUp>;

/** Signs in; the conversations named are the ones she takes part in. */
async function welcomed(world: World, conversations: object[] = [active]) {
  const line = await world.server.line.open();
  const hello = await line.hears('hello');
  await line.answers('hello', {
    case: 'welcome',
    value: { you: visitor, token: hello.token || 'token-1', heartbeatMs: 20_000, nowMs: BigInt(world.environment.now()), conversations },
  });
  return { line, hello };
}

async function live(world = setUp(), conversations: object[] = [active]) {
  world.link.start();
  return { ...world, ...(await welcomed(world, conversations)) };
}

const ack = (clientId: string, seq: number, more = {}) =>
  ({ case: 'ack', value: { conversation: 'c1', clientId, epoch: 1, seq, timeMs: 5n, ...more } }) as const;
const refusal = (code: ErrorCode, more = {}) => ({ case: 'error', value: { code, ...more } }) as const;
const shown = (link: Link) =>
  link.conversation('c1')!.entries.map(({ seq, body }) => [
    seq,
    body.case === 'content' ? body.value.kind.value : body.case,
  ]);
const pending = (link: Link) => link.conversation('c1')!.pending.map(({ text: words, state }) => [words, state]);

describe('signing in', () => {
  it('begins as a new visitor and keeps the token for the next time', async () => {
    const world = await live();
    expect(world.hello.token).toBe('');
    expect(world.kept.token).toBe('token-1');
    const reloaded = await live(setUp(world.kept));
    expect(reloaded.hello.token).toBe('token-1');
  });

  it('changes its language at once when asked to, else with the next sign-in', async () => {
    const world = await live();
    world.link.speak('en', true); // nothing new
    expect(world.server.lines.length).toBe(1);
    world.link.speak('zh', false);
    expect(world.server.lines.length).toBe(1);
    world.link.speak('en', true);
    await world.environment.pass(0);
    const { hello } = await welcomed(world);
    expect(hello.language).toBe('en');
  });

  it('knows the time of the server', async () => {
    const world = setUp();
    world.link.start();
    const line = await world.server.line.open();
    await line.hears('hello');
    await line.answers('hello', { case: 'welcome', value: { nowMs: BigInt(world.environment.now() + 90_000) } });
    expect(world.link.nowMs).toBe(world.environment.now() + 90_000);
  });
});

describe('posting', () => {
  it('shows a post at once and moves it into the log with its acknowledgement', async () => {
    const { link, line } = await live();
    link.post('c1', 'hello');
    expect(pending(link)).toEqual([['hello', 'sending']]);
    const post = await line.hears('post');
    expect(post).toMatchObject({ conversation: 'c1', number: 1, content: text('hello') });
    await line.answers('post', ack(post.clientId, 1));
    expect(shown(link)).toEqual([[1, 'hello']]);
    expect(pending(link)).toEqual([]);
  });

  it('repeats after a lost acknowledgement, gets the first seq, and shows one entry', async () => {
    const { link, line, server, environment } = await live();
    link.post('c1', 'once');
    const first = await line.hears('post');
    await line.closes(1006);
    expect(pending(link)).toEqual([['once', 'waiting']]);
    await environment.pass(0);
    const again = await welcomed({ link, server, environment } as World);
    const repeated = await again.line.hears('post');
    expect(repeated).toMatchObject({ clientId: first.clientId, number: first.number });
    await again.line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, visitor, 'once', first.clientId)] } });
    await again.line.answers('post', ack(first.clientId, 1, { duplicate: true }));
    expect(shown(link)).toEqual([[1, 'once']]);
    expect(pending(link)).toEqual([]);
  });

  it('writes while there is no line and sends everything in order when there is one', async () => {
    const { link, line, server, environment } = await live();
    await line.closes(1006);
    for (const words of ['a', 'b', 'c', 'd', 'e']) link.post('c1', words);
    await environment.pass(0);
    const { line: next } = await welcomed({ link, server, environment } as World);
    const window = [];
    for (let i = 0; i < 4; i += 1) window.push(await next.hears('post'));
    expect(window.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    await next.hearsNothing();
    await next.answers('post', ack(window[0]!.clientId, 1));
    expect(await next.hears('post')).toMatchObject({ number: 5, content: text('e') });
  });

  it('keeps unsent posts and their numbers over a reload', async () => {
    const world = await live();
    world.link.post('c1', 'sent');
    const sent = await world.line.hears('post');
    await world.line.answers('post', ack(sent.clientId, 1));
    world.link.post('c1', 'on its way');
    const onItsWay = await world.line.hears('post');

    const reloaded = await live(setUp(world.kept), [{ ...active, head: 1, yourLastNumber: 1 }]);
    const repeated = await reloaded.line.hears('post');
    expect(repeated).toMatchObject({ clientId: onItsWay.clientId, number: 2, content: text('on its way') });
    expect(pending(reloaded.link)).toEqual([['on its way', 'sending']]);
  });

  it("numbers on from the server's word when nothing was kept", async () => {
    const { link, line } = await live(setUp(), [{ ...active, head: 9, yourLastNumber: 7 }]);
    link.post('c1', 'eight');
    expect(await line.hears('post')).toMatchObject({ number: 8 });
  });

  it('waits when told to, then goes on from the oldest, in order', async () => {
    const { link, line, environment } = await live();
    link.post('c1', 'a');
    link.post('c1', 'b');
    const [a, b] = [await line.hears('post'), await line.hears('post')];
    await line.answers('post', refusal(ErrorCode.BUSY, { retryAfterMs: 3_000 }));
    await line.answers('post', refusal(ErrorCode.NUMBER_GAP, { lastNumber: 0 }));
    await environment.pass(2_999);
    await line.hearsNothing();
    await environment.pass(1);
    expect(await line.hears('post')).toMatchObject({ clientId: a.clientId, number: 1 });
    expect(await line.hears('post')).toMatchObject({ clientId: b.clientId, number: 2 });
  });

  it('asks again after an unknown outcome with the same client id', async () => {
    const { link, line, environment } = await live();
    link.post('c1', 'a');
    const a = await line.hears('post');
    await line.answers('post', refusal(ErrorCode.TRY_AGAIN));
    await environment.pass(1_000);
    expect(await line.hears('post')).toMatchObject({ clientId: a.clientId, number: 1 });
  });

  it('renumbers when the server counts differently', async () => {
    const { link, line } = await live();
    link.post('c1', 'a');
    const a = await line.hears('post');
    await line.answers('post', refusal(ErrorCode.NUMBER_GAP, { lastNumber: 4 }));
    expect(await line.hears('post')).toMatchObject({ clientId: a.clientId, number: 5 });
    await line.answers('post', refusal(ErrorCode.DUPLICATE_DIFFERS));
    expect(await line.hears('post')).toMatchObject({ clientId: a.clientId, number: 6 });
    await line.answers('post', ack(a.clientId, 1));
    expect(shown(link)).toEqual([[1, 'a']]);
  });

  it('marks what is refused for good; it can be taken back or tried again, and holds up nothing', async () => {
    const { link, line } = await live();
    const bad = link.post('c1', 'too long');
    const good = link.post('c1', 'fine');
    await line.hears('post');
    await line.hears('post');
    await line.answers('post', refusal(ErrorCode.INVALID));
    await line.answers('post', refusal(ErrorCode.NUMBER_GAP, { lastNumber: 0 }));
    expect(await line.hears('post')).toMatchObject({ clientId: good.clientId, number: 1 });
    await line.answers('post', ack(good.clientId, 1));
    expect(pending(link)).toEqual([['too long', 'refused']]);
    link.retry('c1', bad.clientId);
    expect(await line.hears('post')).toMatchObject({ clientId: bad.clientId, number: 2 });
    await line.answers('post', refusal(ErrorCode.INVALID));
    link.discard('c1', bad.clientId);
    expect(pending(link)).toEqual([]);
  });

  it('takes the acknowledgement for the entry, so that her position counts her own words', async () => {
    const { link, line, server, environment } = await live();
    link.post('c1', 'mine');
    const post = await line.hears('post');
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(2, agent, 'theirs')] } });
    expect(shown(link)).toEqual([]); // theirs comes after mine, and mine is not acknowledged yet
    await line.answers('post', ack(post.clientId, 1));
    expect(shown(link)).toEqual([[1, 'mine'], [2, 'theirs']]);
    await line.closes(1006);
    await environment.pass(0);
    const { hello } = await welcomed({ link, server, environment } as World);
    expect(hello.positions).toMatchObject([{ conversation: 'c1', epoch: 1, seq: 2 }]);
  });

  it('says of which timeline her words are, also if she holds nothing before them, and offers them again after a reset', async () => {
    const { link, line, server, environment } = await live();
    link.post('c1', 'mine');
    const post = await line.hears('post');
    await line.answers('post', ack(post.clientId, 2));
    await line.closes(1006);
    await environment.pass(0);
    const { line: next, hello } = await welcomed({ link, server, environment } as World, [{ ...active, epoch: 2, head: 1 }]);
    expect(hello.positions).toMatchObject([{ conversation: 'c1', epoch: 1, seq: 0 }]);
    await next.pushes({ case: 'reset', value: { conversation: 'c1', epoch: 2 } });
    expect(await next.hears('post')).toMatchObject({ clientId: post.clientId, number: 1 });
  });
});

describe('coming back', () => {
  it('names what it holds and gets exactly the rest', async () => {
    const { link, line, server, environment, events } = await live();
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, agent, 'one'), says(2, agent, 'two')] } });
    await line.closes(1012);
    await environment.pass(0);
    const { line: next, hello } = await welcomed({ link, server, environment } as World, [{ ...active, head: 3 }]);
    expect(hello.positions).toMatchObject([{ conversation: 'c1', epoch: 1, seq: 2 }]);
    events.length = 0;
    await next.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(2, agent, 'two'), says(3, agent, 'three')] } });
    await next.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(4, agent, 'four')] } });
    expect(shown(link).map(([seq]) => seq)).toEqual([1, 2, 3, 4]);
    const told = events.filter((event) => event.kind === 'entries').map(({ entries, fresh }) => [entries.map(({ seq }) => seq), fresh]);
    expect(told).toEqual([[[3], false], [[4], true]]);
  });

  it('asks for a gap that stays', async () => {
    const { link, line, environment } = await live();
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, agent, 'one'), says(3, agent, 'three')] } });
    expect(shown(link)).toEqual([[1, 'one']]);
    await line.hearsNothing();
    await environment.pass(2_000);
    expect(await line.hears('follow')).toMatchObject({ position: { conversation: 'c1', epoch: 1, seq: 1 } });
    await line.answers('follow', { case: 'done', value: {} });
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(2, agent, 'two'), says(3, agent, 'three')] } });
    expect(shown(link)).toEqual([[1, 'one'], [2, 'two'], [3, 'three']]);
    await environment.pass(5_000);
    await line.hearsNothing();
  });

  it('takes a new line when asking does not close a gap', async () => {
    const { line, server, environment } = await live();
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(2, agent, 'two')] } });
    await environment.pass(2_000);
    await line.hears('follow');
    await line.answers('follow', { case: 'conversation', value: { ...active, head: 2 } });
    await environment.pass(2_000);
    expect(line.closedByClient?.code).toBe(1000);
    expect(server.lines.length).toBe(2);
  });

  it('comes back without positions when continuity was lost', async () => {
    const { link, line, server, environment } = await live();
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, agent, 'one')] } });
    await line.closes(4006);
    await environment.pass(0);
    const { hello } = await welcomed({ link, server, environment } as World);
    expect(hello.positions).toEqual([]);
  });

  it('forgets another timeline and offers its own recent messages again', async () => {
    const { link, line } = await live();
    link.post('c1', 'survives');
    const post = await line.hears('post');
    await line.answers('post', ack(post.clientId, 1));
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(2, agent, 'lost')] } });
    await line.pushes({ case: 'reset', value: { conversation: 'c1', epoch: 2 } });
    expect(shown(link)).toEqual([]);
    expect(await line.hears('post')).toMatchObject({ clientId: post.clientId, number: 1 });
    await line.answers('post', ack(post.clientId, 1, { epoch: 2 }));
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 2, entries: [says(1, visitor, 'survives', post.clientId), says(2, agent, 'again')] } });
    expect(shown(link)).toEqual([[1, 'survives'], [2, 'again']]);
    expect(pending(link)).toEqual([]);
  });

  it('waits for the reset when an acknowledgement is of another timeline already', async () => {
    const { link, line } = await live();
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, agent, 'one')] } });
    link.post('c1', 'mine');
    const post = await line.hears('post');
    await line.answers('post', ack(post.clientId, 1, { epoch: 2 }));
    expect(shown(link)).toEqual([[1, 'one']]);
    await line.pushes({ case: 'reset', value: { conversation: 'c1', epoch: 2 } });
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 2, entries: [says(1, visitor, 'mine', post.clientId)] } });
    expect(shown(link)).toEqual([[1, 'mine']]);
  });

  it('does not live through old changes again when history comes in', async () => {
    const { link, line } = await live(setUp(), [{ ...active, head: 3 }]);
    const history: MessageInitShape<typeof EntrySchema>[] = [
      { seq: 1, body: { case: 'assigned', value: { agent: { ...agent, name: 'Ben' } } } },
      { seq: 2, body: { case: 'requeued', value: {} } },
      { seq: 3, body: { case: 'assigned', value: { agent } } },
    ];
    for (const entry of history) {
      await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [entry] } });
      const { state, agent: served } = link.conversation('c1')!.info;
      expect([state, served?.name]).toEqual([ConversationState.CONVERSATION_ACTIVE, 'Mia']);
    }
  });

  it('offers what the server forgot before what is new', async () => {
    const { link, line } = await live();
    for (const [i, words] of ['a', 'b'].entries()) {
      link.post('c1', words);
      const post = await line.hears('post');
      await line.answers('post', ack(post.clientId, i + 1));
    }
    link.post('c1', 'c');
    await line.hears('post');
    await line.answers('post', refusal(ErrorCode.NUMBER_GAP, { lastNumber: 1 }));
    expect(await line.hears('post')).toMatchObject({ number: 2, content: text('b') });
    expect(await line.hears('post')).toMatchObject({ number: 3, content: text('c') });
  });

  it('asks after a conversation that the welcome does not name: its end comes, or it is gone', async () => {
    const { link, line, server, environment, events } = await live();
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, agent, 'one')] } });
    await line.closes(1006);
    await environment.pass(0);
    const { line: next } = await welcomed({ link, server, environment } as World, []);
    expect(await next.hears('follow')).toMatchObject({ position: { conversation: 'c1', seq: 1 } });
    await next.answers('follow', refusal(ErrorCode.NOT_FOUND));
    await settled();
    expect(link.conversation('c1')!.gone).toBe(true);
    expect(events.some((event) => event.kind === 'gone' && event.id === 'c1')).toBe(true);
  });

  it('does not ask for a conversation whose end it has seen', async () => {
    const { link, line, server, environment } = await live();
    await line.pushes({
      case: 'entries',
      value: { conversation: 'c1', epoch: 1, entries: [{ seq: 1, body: { case: 'closed', value: { by: Role.AGENT } } }] },
    });
    expect(link.conversation('c1')!.info.state).toBe(ConversationState.CONVERSATION_CLOSED);
    await line.closes(1006);
    await environment.pass(0);
    const { line: next, hello } = await welcomed({ link, server, environment } as World, []);
    expect(hello.positions).toEqual([]);
    await next.hearsNothing();
  });
});

describe('what the other side does', () => {
  it('counts unread messages of people, not automatic ones or her own, and tells the server what she read', async () => {
    const { link, line } = await live();
    await line.pushes({
      case: 'entries',
      value: {
        conversation: 'c1',
        epoch: 1,
        entries: [
          { seq: 1, body: { case: 'autoReply', value: { trigger: Trigger.OPENED, text: 'welcome' } } },
          says(2, agent, 'hi'),
          says(3, visitor, 'from my other tab'),
          says(4, agent, 'so?'),
        ],
      },
    });
    expect(link.conversation('c1')!.unread(Role.VISITOR)).toBe(2);
    link.markRead('c1');
    expect(await line.hears('markRead')).toMatchObject({ conversation: 'c1', seq: 4 });
    expect(link.conversation('c1')!.unread(Role.VISITOR)).toBe(0);
    link.markRead('c1');
    await line.hearsNothing();
  });

  it('tells read marks at most once a second, the highest last', async () => {
    const { link, line, environment } = await live();
    for (let seq = 1; seq <= 3; seq += 1) {
      await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(seq, agent, 'hi')] } });
      link.markRead('c1');
    }
    expect(await line.hears('markRead')).toMatchObject({ seq: 1 });
    await line.hearsNothing();
    await environment.pass(1_000);
    expect(await line.hears('markRead')).toMatchObject({ seq: 3 });
    await environment.pass(5_000);
    await line.hearsNothing();
  });

  it('tells a read mark that fell into a gap of the line after the next welcome', async () => {
    const { link, line, server, environment } = await live();
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, agent, 'hi')] } });
    await line.closes(1006);
    link.markRead('c1');
    await environment.pass(0);
    const { line: next } = await welcomed({ link, server, environment } as World);
    expect(await next.hears('markRead')).toMatchObject({ seq: 1 });
  });

  it('sees typing begin, end, be ended by a message, and fade when its end got lost', async () => {
    const { link, line, environment } = await live();
    const types = () => link.conversation('c1')!.agentTypes;
    const typing = (on: boolean) => line.pushes({ case: 'typing', value: { conversation: 'c1', role: Role.AGENT, on } });
    await typing(true);
    expect(types()).toBe(true);
    await typing(false);
    expect(types()).toBe(false);
    await typing(true);
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [says(1, agent, 'hi')] } });
    expect(types()).toBe(false);
    await typing(true);
    await environment.pass(6_000);
    expect(types()).toBe(false);
  });

  it('tells own typing sparingly and ends it after a pause or with the post', async () => {
    const { link, line, environment } = await live();
    for (let i = 0; i < 5; i += 1) {
      link.typed('c1');
      await environment.pass(500);
    }
    expect(await line.hears('setTyping')).toMatchObject({ on: true });
    await line.hearsNothing();
    await environment.pass(4_000);
    expect(await line.hears('setTyping')).toMatchObject({ on: false });
    link.typed('c1');
    expect(await line.hears('setTyping')).toMatchObject({ on: true });
    link.post('c1', 'done');
    expect(await line.hears('setTyping')).toMatchObject({ on: false });
    await line.hears('post');
  });

  it('remembers that somebody with priority went ahead, until she is served', async () => {
    const waiting = { ...active, state: ConversationState.CONVERSATION_WAITING, agent: undefined, head: 0 };
    const { link, line } = await live(setUp(), [waiting]);
    const view = () => link.conversation('c1')!;
    await line.pushes({ case: 'queue', value: { conversation: 'c1', position: 3, passedByPriority: true } });
    await line.pushes({ case: 'queue', value: { conversation: 'c1', position: 2 } });
    expect([view().queue?.position, view().wasPassed]).toEqual([2, true]);
    await line.pushes({ case: 'entries', value: { conversation: 'c1', epoch: 1, entries: [{ seq: 1, body: { case: 'assigned', value: { agent } } }] } });
    expect([view().queue, view().wasPassed, view().info.agent?.name]).toEqual([undefined, false, 'Mia']);
  });

  it('finds an offer that still stands in the welcome', async () => {
    const world = setUp();
    world.link.start();
    const line = await world.server.line.open();
    await line.hears('hello');
    const offered = { id: 'c9', state: ConversationState.CONVERSATION_OFFERED, fence: 3, visitor };
    await line.answers('hello', { case: 'welcome', value: { you: agent, conversations: [offered] } });
    expect(world.link.offers.get('c9')).toMatchObject({ fence: 3, visitor: { id: 'v1' }, expiresInMs: 0 });
    await line.pushes({ case: 'conversation', value: { ...offered, state: ConversationState.CONVERSATION_ACTIVE } });
    expect(world.link.offers.size).toBe(0);
  });

  it('holds offers until they are answered or end; a newer offer outlives the end of an older one', async () => {
    const { link, line } = await live();
    await line.pushes({ case: 'offer', value: { conversation: 'c2', fence: 5 } });
    await line.pushes({ case: 'offerEnd', value: { conversation: 'c2', fence: 4 } });
    expect(link.offers.size).toBe(1);
    const accepted = link.accept({ conversation: 'c2', fence: 5 });
    expect(await line.hears('accept')).toMatchObject({ conversation: 'c2', fence: 5 });
    await line.answers('accept', { case: 'done', value: {} });
    await accepted;
    expect(link.offers.size).toBe(0);
  });
});
