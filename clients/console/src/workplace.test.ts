// Shows the console's state as a dialogue of frames: a scripted server on one side, what the agent does and sees on the other.
import { beforeEach, describe, expect, it } from 'vitest';
import { AssignReason, AgentStatus, ConversationState, ErrorCode, Link, OfferEndReason, Role, Trigger, WishMode } from '../../link/index';
import { FakeServer, says, visitor } from '../../link/test/fake_server';
import { ManualEnvironment } from '../../link/test/manual_environment';
import { alerts, waitingForEyes } from './alerts';
import { Drafts } from './drafts';
import type { ConsoleState } from './model/types';
import { unread, waitingSince } from './model/wait';
import { Workplace } from './workplace';

const me = { role: Role.AGENT, id: 'a1', name: 'Mia', persona: 'fresh' };
const system = { role: Role.SYSTEM, id: '', name: '' };

let environment: ManualEnvironment;
let server: FakeServer;
let keys: Map<string, string>;
let workplace: Workplace;

const storage = () => ({
  getItem: (key: string) => keys.get(key) ?? null,
  setItem: (key: string, value: string) => void keys.set(key, value),
  removeItem: (key: string) => void keys.delete(key),
});

function active(id: string, head = 0, facts: object = {}) {
  return { id, epoch: 1, state: ConversationState.CONVERSATION_ACTIVE, visitor, agent: me, fence: 1, head, ...facts };
}

function welcome(facts: object = {}) {
  return {
    case: 'welcome' as const,
    value: {
      you: me,
      capacity: 3,
      heartbeatMs: 60_000,
      nowMs: BigInt(environment.now() + 500),
      shop: { id: 'demo', name: 'Demo', personas: [{ id: 'fresh', names: { en: 'Fresh' }, color: '#2f9a6b' }] },
      status: { status: AgentStatus.STATUS_AVAILABLE, reason: '' },
      quickReplies: [{ stage: 'welcome', shortcut: 'hi', title: 'Hello', text: 'Hello {visitor}' }],
      ...facts,
    },
  };
}

async function signIn(facts: object = {}) {
  const line = await server.line.open();
  await line.hears('hello');
  await line.answers('hello', welcome(facts));
  return line;
}

function offer(id: string, fence = 1, facts: object = {}) {
  return {
    case: 'offer' as const,
    value: { conversation: id, fence, expiresInMs: 20_000, visitor, preview: 'hello?', ...facts },
  };
}

const entries = (conversation: string, ...list: ReturnType<typeof says>[]) => ({
  case: 'entries' as const,
  value: { conversation, epoch: 1, entries: list },
});
const assigned = (seq: number) => ({
  seq,
  author: system,
  timeMs: BigInt(seq * 1000),
  body: { case: 'assigned' as const, value: { agent: me } },
});
const ids = (state: ConsoleState) => state.offers.map(({ conversation }) => conversation);

beforeEach(() => {
  environment = new ManualEnvironment();
  server = new FakeServer();
  keys = new Map();
  const link = new Link({
    shop: 'demo',
    device: 'device-1',
    client: 'test',
    language: 'en',
    dial: server.dial,
    environment,
    tokens: { get: () => 'token', set: () => undefined },
    outgoing: { load: () => [], save: () => undefined },
  });
  workplace = new Workplace(link, environment, new Drafts(storage(), 'demo.a1'));
  workplace.start();
});

describe('signing in', () => {
  it('brings who I am, my status, my places and the quick replies', async () => {
    expect(workplace.state).toMatchObject({ line: { state: 'connecting' }, signedIn: false });
    await signIn({ status: { status: AgentStatus.STATUS_BREAK, reason: 'meal' } });
    expect(workplace.state).toMatchObject({
      line: { state: 'live' },
      signedIn: true,
      me: { id: 'a1', name: 'Mia', persona: 'fresh' },
      shop: { personas: { fresh: { color: '#2f9a6b' } } },
      status: 'break',
      reason: 'meal',
      capacity: 3,
      serverAhead: 500,
      replies: [{ shortcut: 'hi' }],
    });
  });

  it('brings the running conversations with what was said', async () => {
    const line = await signIn({ conversations: [active('c1', 2, { readByAgent: 1 })] });
    await line.pushes(entries('c1', assigned(1), says(2, visitor, 'hello')));
    const conversation = workplace.state.conversations.c1!;
    expect(conversation).toMatchObject({ phase: 'mine', fence: 1, head: 2 });
    expect(unread(conversation)).toBe(1);
    expect(workplace.state.order).toEqual(['c1']);
  });

  it('ends for good when the server says so', async () => {
    const line = await signIn();
    await line.closes(4501, 'replaced');
    expect(workplace.state.line).toEqual({ state: 'ended', code: 4501 });
  });
});

describe('offers', () => {
  it('are answered with their fence; the accepted conversation comes to the front', async () => {
    const line = await signIn();
    await line.pushes(offer('c1', 7, { tier: 2, returning: true, wish: { mode: WishMode.WISH_STRICT, persona: 'fresh' } }));
    const [first] = workplace.state.offers;
    expect(first).toMatchObject({
      fence: 7,
      tier: 2,
      returning: true,
      wish: { mode: 'strict', persona: 'fresh' },
      preview: 'hello?',
    });
    expect(first!.expiresAt - environment.now()).toBe(20_000);

    const accepted = workplace.accept(first!);
    expect(workplace.state.offers[0]!.answering).toBe('accept');
    expect(await line.hears('accept')).toMatchObject({ conversation: 'c1', fence: 7 });
    await line.answers('accept', { case: 'conversation', value: active('c1', 1, { fence: 7 }) });
    await accepted;
    await line.pushes(entries('c1', assigned(1)));
    expect(workplace.state).toMatchObject({ offers: [], selected: 'c1', order: ['c1'], notices: [] });
    expect(waitingSince(workplace.state.conversations.c1!)).toBe(1000);
  });

  it('do not pull the agent away from what she is writing', async () => {
    const line = await signIn({ conversations: [active('c1')] });
    workplace.select('c1');
    workplace.typed('c1', 'half a sen');
    await line.hears('setTyping');
    await line.answers('setTyping', { case: 'done', value: {} });
    await line.pushes(offer('c2'));
    const accepted = workplace.accept(workplace.state.offers[0]!);
    await line.hears('accept');
    await line.answers('accept', { case: 'conversation', value: active('c2') });
    await accepted;
    expect(workplace.state.selected).toBe('c1');
    expect(workplace.state.order).toEqual(['c1', 'c2']);
  });

  it('S3 tell why they came, when asked; and nothing when the server keeps no record', async () => {
    const line = await signIn();
    await line.pushes(offer('c1'));
    const asked = workplace.askWhy('c1');
    expect(await line.hears('askWhy')).toMatchObject({ conversation: 'c1' });
    await line.answers('askWhy', {
      case: 'why',
      value: {
        conversation: 'c1',
        reason: AssignReason.ASSIGN_WISHED_PERSONA,
        waitedMs: 9_000,
        agents: { onDuty: 5, notOpen: 3, candidates: 2, winner: { agent: 'lin', name: '林', loadPm: 250 }, runnerUp: { agent: 'mei', level: 1 } },
      },
    });
    expect(await asked).toMatchObject({
      reason: 'wished_persona',
      waitedMs: 9_000,
      agents: [{ name: '林', level: 0, loadPercent: 25 }, { name: 'mei', level: 1, loadPercent: 0 }],
      waitsMs: [],
    });
    const refused = workplace.askWhy('c1');
    await line.hears('askWhy');
    await line.answers('askWhy', { case: 'error', value: { code: ErrorCode.NOT_FOUND, message: '' } });
    expect(await refused).toBeUndefined();
  });

  it('are declined with a reason', async () => {
    const line = await signIn();
    await line.pushes(offer('c1'));
    const declined = workplace.decline(workplace.state.offers[0]!, 'busy');
    expect(await line.hears('decline')).toMatchObject({ conversation: 'c1', fence: 1, reason: 'busy' });
    await line.answers('decline', { case: 'done', value: {} });
    await declined;
    expect(workplace.state).toMatchObject({ offers: [], notices: [] });
  });

  it('that come too late are over, and she is told', async () => {
    const line = await signIn();
    await line.pushes(offer('c1'));
    const accepted = workplace.accept(workplace.state.offers[0]!);
    await line.hears('accept');
    await line.answers('accept', { case: 'error', value: { code: ErrorCode.STALE, message: '' } });
    await accepted;
    expect(workplace.state.offers).toEqual([]);
    expect(workplace.state.notices.map(({ notice }) => notice.kind)).toEqual(['offer_gone']);
  });

  it('stay when the answer is not known', async () => {
    const line = await signIn();
    await line.pushes(offer('c1'));
    const accepted = workplace.accept(workplace.state.offers[0]!);
    await line.hears('accept');
    await line.closes(1006);
    await accepted;
    expect(ids(workplace.state)).toEqual(['c1']);
    expect(workplace.state.offers[0]!.answering).toBeUndefined();
  });

  it('end by the server: missed, withdrawn, taken in another window', async () => {
    const line = await signIn();
    const reasons = [OfferEndReason.OFFER_END_MISSED, OfferEndReason.OFFER_END_WITHDRAWN, OfferEndReason.OFFER_END_ACCEPTED];
    for (const [i, reason] of reasons.entries()) {
      await line.pushes(offer(`c${i}`));
      await line.pushes({ case: 'offerEnd', value: { conversation: `c${i}`, fence: 1, reason } });
    }
    expect(workplace.state.offers).toEqual([]);
    expect(workplace.state.notices.map(({ notice }) => notice.kind)).toEqual([
      'offer_missed',
      'offer_withdrawn',
      'offer_elsewhere',
    ]);
  });

  it('keep a newer one when an older one of the same conversation ends', async () => {
    const line = await signIn();
    await line.pushes(offer('c1', 1));
    await line.pushes(offer('c1', 2));
    await line.pushes({
      case: 'offerEnd',
      value: { conversation: 'c1', fence: 1, reason: OfferEndReason.OFFER_END_MISSED },
    });
    expect(workplace.state.offers).toMatchObject([{ fence: 2 }]);
  });

  it('go by themselves shortly after their time', async () => {
    const line = await signIn();
    await line.pushes(offer('c1'));
    await environment.pass(20_000);
    expect(ids(workplace.state)).toEqual(['c1']);
    await environment.pass(3_000);
    expect(ids(workplace.state)).toEqual([]);
  });
});

describe('status', () => {
  it('is asked for, shown as asked, and taken over when done', async () => {
    const line = await signIn();
    const asked = workplace.setStatus('break', 'meal');
    expect(workplace.state).toMatchObject({ status: 'available', statusAsked: 'break' });
    expect(await line.hears('setStatus')).toMatchObject({ status: AgentStatus.STATUS_BREAK, reason: 'meal' });
    await line.answers('setStatus', { case: 'done', value: {} });
    await asked;
    expect(workplace.state).toMatchObject({ status: 'break', reason: 'meal', statusAsked: undefined });
  });

  it('stays as it was when refused', async () => {
    const line = await signIn();
    const asked = workplace.setStatus('drain');
    await line.hears('setStatus');
    await line.answers('setStatus', { case: 'error', value: { code: ErrorCode.BUSY, message: '' } });
    await asked;
    expect(workplace.state).toMatchObject({ status: 'available', statusAsked: undefined });
    expect(workplace.state.notices).toMatchObject([{ notice: { kind: 'refused', what: 'status', error: 'BUSY' } }]);
  });

  it('follows the server: put on break after missed offers', async () => {
    const line = await signIn();
    await line.pushes({ case: 'status', value: { status: AgentStatus.STATUS_BREAK, reason: 'missed offers' } });
    expect(workplace.state).toMatchObject({ status: 'break', reason: 'missed offers' });
  });
});

describe('one conversation', () => {
  it('sends under the fence of the assignment; the acknowledgement stands for the entry', async () => {
    const line = await signIn({ conversations: [active('c1', 0, { fence: 4 })] });
    workplace.drafts.set('c1', 'on it');
    expect(workplace.post('c1', 'on it')).toBe(true);
    expect(workplace.drafts.get('c1')).toBe('');
    expect(workplace.state.conversations.c1!.outgoing).toMatchObject([{ text: 'on it', state: 'sending' }]);
    const post = await line.hears('post');
    expect(post).toMatchObject({ conversation: 'c1', fence: 4, number: 1 });
    await line.answers('post', {
      case: 'ack',
      value: { conversation: 'c1', clientId: post.clientId, epoch: 1, seq: 1, timeMs: 5n },
    });
    const conversation = workplace.state.conversations.c1!;
    expect(conversation.outgoing).toEqual([]);
    expect(conversation.entries).toMatchObject([{ seq: 1, author: { id: 'a1' }, body: { kind: 'text', text: 'on it' } }]);
  });

  it('sends nothing when nothing is written', async () => {
    await signIn({ conversations: [active('c1')] });
    expect(workplace.post('c1', ' \n')).toBe(false);
  });

  it('shows a refused message until it is sent again or discarded', async () => {
    const line = await signIn({ conversations: [active('c1')] });
    workplace.post('c1', 'late');
    await line.hears('post');
    await line.answers('post', { case: 'error', value: { code: ErrorCode.NOT_FOUND, message: '' } });
    const [message] = workplace.state.conversations.c1!.outgoing;
    expect(message).toMatchObject({ state: 'refused', refusal: 'NOT_FOUND' });
    workplace.discard('c1', message!.clientId);
    expect(workplace.state.conversations.c1!.outgoing).toEqual([]);
  });

  it("shows the visitor's typing and how far she has read", async () => {
    const line = await signIn({ conversations: [active('c1', 1)] });
    await line.pushes(entries('c1', says(1, me, 'hello')));
    await line.pushes({ case: 'typing', value: { conversation: 'c1', role: Role.VISITOR, on: true } });
    await line.pushes({ case: 'readMark', value: { conversation: 'c1', role: Role.VISITOR, seq: 1 } });
    expect(workplace.state.conversations.c1).toMatchObject({ visitorTyping: true, readByVisitor: 1 });
  });

  it('is read when it was before her eyes, here or in her other window', async () => {
    const line = await signIn({ conversations: [active('c1', 1), active('c2', 1)] });
    await line.pushes(entries('c1', says(1, visitor, 'hello')));
    await line.pushes(entries('c2', says(1, visitor, 'hello')));
    workplace.viewed('c1');
    expect(await line.hears('markRead')).toMatchObject({ conversation: 'c1', seq: 1 });
    await line.pushes({ case: 'readMark', value: { conversation: 'c2', role: Role.AGENT, seq: 1 } });
    expect(waitingForEyes(workplace.state).unread).toBe(0);
  });

  it('shows an entry that she wrote in her other window', async () => {
    const line = await signIn({ conversations: [active('c1')] });
    await line.pushes(entries('c1', says(1, me, 'from there', 'client-id-of-the-other')));
    expect(workplace.state.conversations.c1!.entries).toMatchObject([
      { author: { id: 'a1' }, body: { text: 'from there' } },
    ]);
  });

  it('marks what a template said as automatic', async () => {
    const line = await signIn({ conversations: [active('c1')] });
    const auto = { trigger: Trigger.ASSIGNED, text: 'Mia is here', persona: 'fresh' };
    await line.pushes(entries('c1', { seq: 1, author: system, timeMs: 1n, body: { case: 'autoReply', value: auto } }));
    expect(workplace.state.conversations.c1!.entries[0]!.body).toEqual({
      kind: 'auto',
      trigger: 'assigned',
      text: 'Mia is here',
      persona: 'fresh',
    });
  });

  it('is closed by her: told, greyed, kept until put away', async () => {
    const line = await signIn({ conversations: [active('c1')] });
    const closed = workplace.close('c1');
    expect(workplace.state.closing).toEqual(['c1']);
    await line.hears('close');
    await line.answers('close', { case: 'done', value: {} });
    await closed;
    await line.pushes(
      entries('c1', { seq: 1, author: system, timeMs: 1n, body: { case: 'closed', value: { by: Role.AGENT } } }),
    );
    expect(workplace.state).toMatchObject({ closing: [], conversations: { c1: { phase: 'closed' } } });
    workplace.putAway('c1');
    expect(workplace.state).toMatchObject({ conversations: {}, order: [] });
  });

  it('that the server has lost with all others is told once, and is not hers any more', async () => {
    const line = await signIn({ conversations: [active('c1')] });
    await line.pushes(entries('c1', assigned(1)));
    await line.closes(4006);
    await environment.pass(500);
    const next = await signIn();
    expect(workplace.state.notices.map(({ notice }) => notice.kind)).toEqual(['conversations_lost']);
    await next.hears('follow');
    await next.answers('follow', { case: 'error', value: { code: ErrorCode.NOT_FOUND, message: '' } });
    expect(workplace.state.conversations.c1).toMatchObject({ phase: 'gone' });
  });

  it('that is given back to the queue is not hers any more', async () => {
    const line = await signIn({ conversations: [active('c1')] });
    await line.pushes(entries('c1', { seq: 1, author: system, timeMs: 1n, body: { case: 'requeued', value: {} } }));
    expect(workplace.state.conversations.c1).toMatchObject({ phase: 'gone' });
    expect(waitingSince(workplace.state.conversations.c1!)).toBeUndefined();
  });
});

describe('the list', () => {
  it('moves who waits longest to the top, but not under the hands of the agent', async () => {
    const line = await signIn({ conversations: [active('c1', 1), active('c2', 1)] });
    await line.pushes(entries('c1', says(1, me, 'hello')));
    await line.pushes(entries('c2', says(1, me, 'hello')));
    expect(workplace.state.order).toEqual(['c1', 'c2']);
    workplace.steady();
    await line.pushes(entries('c2', says(2, visitor, 'a question')));
    expect(workplace.state.order).toEqual(['c1', 'c2']);
    await environment.pass(4_000);
    expect(workplace.state.order).toEqual(['c2', 'c1']);
  });

  it('is walked by keys: place, neighbour, longest wait', async () => {
    const line = await signIn({ conversations: [active('c1', 1), active('c2', 1), active('c3', 1)] });
    for (const id of ['c1', 'c2']) await line.pushes(entries(id, says(1, me, 'hello')));
    await line.pushes(entries('c3', says(1, visitor, 'anyone?')));
    expect(workplace.selectLongestWaiting()).toBe(true);
    expect(workplace.state.selected).toBe('c3');
    workplace.selectNeighbour(1);
    expect(workplace.state.selected).toBe('c1');
    workplace.selectNeighbour(-1);
    workplace.selectNeighbour(-1);
    expect(workplace.state.selected).toBe('c3');
    workplace.selectAt(2);
    expect(workplace.state.selected).toBe('c2');
    workplace.selectAt(8);
    expect(workplace.state.selected).toBe('c2');
  });
});

describe('coming back', () => {
  it('resumes from what it holds, sends what is unsent, and keeps nothing that is over', async () => {
    const first = await signIn({ conversations: [active('c1', 1)] });
    await first.pushes(entries('c1', says(1, visitor, 'hello')));
    await first.pushes(offer('c9'));
    await first.closes(1012);
    expect(workplace.state.line.state).toBe('waiting');
    workplace.post('c1', 'one moment');
    expect(workplace.state.conversations.c1!.outgoing).toMatchObject([{ state: 'waiting' }]);
    workplace.reconnect();

    const second = await server.line.open();
    expect((await second.hears('hello')).positions).toMatchObject([{ conversation: 'c1', epoch: 1, seq: 1 }]);
    await second.answers('hello', welcome({ conversations: [active('c1', 2)] }));
    await second.pushes(entries('c1', says(2, visitor, 'still there?')));
    const post = await second.hears('post');
    await second.answers('post', {
      case: 'ack',
      value: { conversation: 'c1', clientId: post.clientId, epoch: 1, seq: 3, timeMs: 9n },
    });
    expect(workplace.state.offers).toEqual([]);
    expect(workplace.state.conversations.c1!.entries.map(({ seq, body }) => [seq, 'text' in body && body.text])).toEqual([
      [1, 'hello'],
      [2, 'still there?'],
      [3, 'one moment'],
    ]);
  });

  it('keeps an offer that still stands, with the time it had', async () => {
    const first = await signIn();
    await first.pushes(offer('c1', 3));
    const { expiresAt } = workplace.state.offers[0]!;
    await first.closes(1012);
    workplace.reconnect();
    const second = await server.line.open();
    await second.hears('hello');
    const standing = { id: 'c1', epoch: 1, state: ConversationState.CONVERSATION_OFFERED, visitor, agent: me, fence: 3 };
    await second.answers('hello', welcome({ conversations: [standing] }));
    expect(workplace.state.offers).toMatchObject([{ conversation: 'c1', fence: 3, expiresAt }]);
    expect(workplace.state.order).toEqual([]);
  });
});

describe('what is worth a sound', () => {
  it('is a new offer and a new message of a visitor, not what a welcome brings', async () => {
    const heard: string[] = [];
    workplace.subscribe((state, before) => heard.push(...alerts(before, state).map(({ kind }) => kind)));
    const line = await signIn({ conversations: [active('c1', 1)] });
    await line.pushes(entries('c1', says(1, visitor, 'hello')));
    expect(heard).toEqual([]);
    await line.pushes(entries('c1', says(2, me, 'mine')));
    await line.pushes(entries('c1', says(3, visitor, 'news')));
    await line.pushes(offer('c2'));
    expect(heard).toEqual(['message', 'offer']);
    expect(waitingForEyes(workplace.state)).toEqual({ offers: 1, unread: 2 });
  });
});

describe('drafts', () => {
  it('are kept per conversation and agent, over a reload', async () => {
    await signIn({ conversations: [active('c1')] });
    workplace.typed('c1', 'half');
    expect(new Drafts(storage(), 'demo.a1').get('c1')).toBe('half');
    expect(new Drafts(storage(), 'demo.a2').get('c1')).toBe('');
  });
});
