// The console's state, and how each thing that happens changes it. Pure: the time is handed in with the event.
import { ConversationState, OfferEndReason, type ServerBody } from '../../../link/index';
import { toOffer, toPerson, toShop, toStatus } from './from_link';
import { held, sorted } from './order';
import type { AgentStatus, ConsoleState, Conversation, Line, Notice, Offer } from './types';

export type ConsoleEvent =
  | { kind: 'line'; line: Line }
  | { kind: 'frame'; body: ServerBody }
  | { kind: 'conversation'; conversation: Conversation }
  | { kind: 'forgotten'; conversation: string }
  | { kind: 'selected'; conversation: string | undefined }
  | { kind: 'steadied' } // the agent types or points: nothing may move under her hands for a while
  | { kind: 'tick' } // time has passed: offers run out, the list may move again
  | { kind: 'offer_answering'; offer: Offer; answer: 'accept' | 'decline' }
  | { kind: 'offer_answered'; offer: Offer; error?: string } // error: STALE and the like; LINE when nobody knows
  | { kind: 'status_asked'; status: AgentStatus }
  | { kind: 'status_answered'; status: AgentStatus; reason: string; error?: string }
  | { kind: 'closing'; conversation: string }
  | { kind: 'close_answered'; conversation: string; error?: string }
  | { kind: 'dismissed'; notice: number };

// How long the list stays as it is after the last keystroke or movement of the pointer over it.
export const steadyForMs = 2_500;
// An offer is shown a little beyond its end, so that the server's word on it arrives first.
const offerGraceMs = 1_500;
const noticesMax = 4;

export function initialState(): ConsoleState {
  return {
    line: { state: 'connecting' },
    signedIn: false,
    me: { role: 'agent', id: '', name: '', persona: '' },
    shop: { id: '', name: '', skills: {}, personas: {} },
    status: 'offline',
    reason: '',
    capacity: 0,
    supervisor: false,
    replies: [],
    textOctetsMax: 4000,
    serverAhead: 0,
    conversations: {},
    closing: [],
    offers: [],
    order: [],
    steadyUntil: 0,
    notices: [],
    noticesMade: 0,
  };
}

export function reduce(state: ConsoleState, event: ConsoleEvent, now: number): ConsoleState {
  switch (event.kind) {
    case 'line':
      return lineChanged(state, event.line);
    case 'frame':
      return frame(state, event.body, now);
    case 'conversation':
      return conversation(state, event.conversation, now);
    case 'forgotten':
      return forgotten(state, event.conversation, now);
    case 'selected':
      return selected(state, event.conversation);
    case 'steadied':
      return { ...state, steadyUntil: now + steadyForMs };
    case 'tick':
      return tick(state, now);
    case 'offer_answering':
      return withOffer(state, event.offer, (offer) => ({ ...offer, answering: event.answer }));
    case 'offer_answered':
      return offerAnswered(state, event.offer, event.error);
    case 'status_asked':
      return { ...state, statusAsked: event.status };
    case 'status_answered':
      return statusAnswered(state, event.status, event.reason, event.error);
    case 'closing':
      return { ...state, closing: [...state.closing.filter((id) => id !== event.conversation), event.conversation] };
    case 'close_answered':
      return closeAnswered(state, event.conversation, event.error);
    case 'dismissed':
      return { ...state, notices: state.notices.filter(({ id }) => id !== event.notice) };
  }
}

function frame(state: ConsoleState, body: ServerBody, now: number): ConsoleState {
  switch (body.case) {
    case 'welcome': {
      const { you, shop, status, quickReplies, capacity, supervisor, limits, nowMs, conversations } = body.value;
      const offered = conversations.filter((info) => info.state === ConversationState.CONVERSATION_OFFERED);
      return {
        ...state,
        signedIn: true,
        me: toPerson(you),
        shop: toShop(shop),
        status: status ? toStatus(status.status) : state.status,
        reason: status?.reason ?? '',
        statusAsked: undefined,
        capacity,
        supervisor,
        replies: quickReplies.map(({ stage, shortcut, title, text }) => ({ stage, shortcut, title, text })),
        textOctetsMax: limits?.textOctetsMax || state.textOctetsMax,
        serverAhead: Number(nowMs) - now,
        offers: state.offers.filter((offer) =>
          offered.some(({ id, fence }) => sameOffer(offer, { conversation: id, fence })),
        ),
      };
    }
    case 'status':
      return { ...state, status: toStatus(body.value.status), reason: body.value.reason, statusAsked: undefined };
    case 'offer': {
      const known = state.offers.find((open) => sameOffer(open, body.value));
      // Told of again without a time: what is known of its end still holds.
      if (known !== undefined && body.value.expiresInMs === 0)
        return withOffer(state, known, (open) => ({ ...open, answering: undefined }));
      const offer = toOffer(body.value, now);
      return { ...state, offers: [...without(state.offers, offer.conversation), offer] };
    }
    case 'offerEnd':
      return offerEnded(state, body.value.conversation, body.value.fence, body.value.reason);
    default:
      return state;
  }
}

function without(offers: readonly Offer[], conversation: string): Offer[] {
  return offers.filter((offer) => offer.conversation !== conversation);
}

function sameOffer(a: Offer, b: { conversation: string; fence: number }): boolean {
  return a.conversation === b.conversation && a.fence === b.fence;
}

function withOffer(state: ConsoleState, which: Offer, change: (offer: Offer) => Offer): ConsoleState {
  return { ...state, offers: state.offers.map((offer) => (sameOffer(offer, which) ? change(offer) : offer)) };
}

function offerEnded(state: ConsoleState, id: string, fence: number, reason: OfferEndReason): ConsoleState {
  const offer = state.offers.find((open) => sameOffer(open, { conversation: id, fence }));
  if (offer === undefined) return state;
  const next = { ...state, offers: state.offers.filter((open) => open !== offer) };
  const name = offer.visitor.name;
  switch (reason) {
    case OfferEndReason.OFFER_END_MISSED:
      return withNotice(next, { kind: 'offer_missed', name });
    case OfferEndReason.OFFER_END_WITHDRAWN:
      return withNotice(next, { kind: 'offer_withdrawn', name });
    case OfferEndReason.OFFER_END_ACCEPTED:
      return offer.answering === 'accept' ? next : withNotice(next, { kind: 'offer_elsewhere', name });
    default:
      return next;
  }
}

// What is lost is not told conversation by conversation; the line comes back, and those that are gone turn grey.
function lineChanged(state: ConsoleState, line: Line): ConsoleState {
  const next = { ...state, line };
  const isNews = line.state === 'waiting' && line.lost && !(state.line.state === 'waiting' && state.line.lost);
  return isNews ? withNotice(next, { kind: 'conversations_lost' }) : next;
}

// Done: the offer is over for us, its conversation follows. Refused: it is over too. Nobody knows (the line was lost): it
// stays, the next welcome tells.
function offerAnswered(state: ConsoleState, which: Offer, error: string | undefined): ConsoleState {
  const passing = error === 'LINE' || error === 'BUSY' || error === 'TRY_AGAIN' || error === 'INTERNAL';
  if (error !== undefined && passing) {
    const open = withOffer(state, which, (offer) => ({ ...offer, answering: undefined }));
    return withNotice(open, { kind: 'refused', what: 'offer', error });
  }
  const isOpen = state.offers.some((offer) => sameOffer(offer, which));
  const next = { ...state, offers: state.offers.filter((offer) => !sameOffer(offer, which)) };
  return error === undefined || !isOpen ? next : withNotice(next, { kind: 'offer_gone' });
}

function statusAnswered(state: ConsoleState, status: AgentStatus, reason: string, error: string | undefined): ConsoleState {
  const next = { ...state, statusAsked: undefined };
  if (error !== undefined) return withNotice(next, { kind: 'refused', what: 'status', error });
  return { ...next, status, reason };
}

function closeAnswered(state: ConsoleState, id: string, error: string | undefined): ConsoleState {
  const next = { ...state, closing: state.closing.filter((other) => other !== id) };
  if (error === undefined || error === 'CLOSED') return next;
  return withNotice(next, { kind: 'refused', what: 'close', error });
}

// A conversation that the agent never served here is none of hers: an offered one shows as its offer.
function conversation(state: ConsoleState, changed: Conversation, now: number): ConsoleState {
  const before = state.conversations[changed.id];
  if (before === undefined && changed.phase === 'gone') return state;
  const offers = changed.phase === 'mine' ? without(state.offers, changed.id) : state.offers;
  const closing = changed.phase === 'mine' ? state.closing : state.closing.filter((id) => id !== changed.id);
  const conversations = { ...state.conversations, [changed.id]: changed };
  const next = arranged({ ...state, offers, closing, conversations }, now);
  return state.awaited === changed.id ? selected(next, changed.id) : next;
}

function forgotten(state: ConsoleState, id: string, now: number): ConsoleState {
  const { [id]: _, ...conversations } = state.conversations;
  const next = { ...state, conversations };
  return arranged(state.selected === id ? { ...next, selected: undefined } : next, now);
}

// One that is not here yet, just accepted, is opened when it comes.
function selected(state: ConsoleState, id: string | undefined): ConsoleState {
  if (id !== undefined && state.conversations[id] === undefined) return { ...state, awaited: id };
  return { ...state, selected: id, awaited: undefined };
}

function tick(state: ConsoleState, now: number): ConsoleState {
  const over = state.offers.some((offer) => offer.expiresAt + offerGraceMs <= now);
  const offers = over ? state.offers.filter((offer) => offer.expiresAt + offerGraceMs > now) : state.offers;
  return arranged(over ? { ...state, offers } : state, now);
}

function arranged(state: ConsoleState, now: number): ConsoleState {
  const order = now < state.steadyUntil ? held(state.order, state.conversations) : sorted(state.conversations);
  const same = order.length === state.order.length && order.every((id, i) => id === state.order[i]);
  return same ? state : { ...state, order };
}

function withNotice(state: ConsoleState, notice: Notice): ConsoleState {
  const id = state.noticesMade + 1;
  return { ...state, noticesMade: id, notices: [...state.notices, { id, notice }].slice(-noticesMax) };
}
