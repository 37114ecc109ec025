// The link's values -> the console's plain ones. The only file of the model that sees protobuf.
import {
  AgentStatus as WireStatus,
  AssignReason,
  CLOSE_CONTINUITY_LOST,
  ConversationState,
  type ConversationView,
  type Decision as DecisionFrame,
  ErrorCode,
  type LogEntry,
  type Offer as WireOffer,
  type Person as WirePerson,
  RequeueReason,
  Role as WireRole,
  type Shop as WireShop,
  Trigger as WireTrigger,
  type Wish as WireWish,
  WishMode as WireWishMode,
  type SessionState,
  type Why as WhyFrame,
} from '../../../link/index';
import type {
  AgentStatus,
  Conversation,
  Decision,
  Entry,
  EntryBody,
  Line,
  Offer,
  Person,
  Phase,
  Role,
  ShopInfo,
  Trigger,
  Why,
  WhyReason,
  Wish,
} from './types';

export function toRole(role: WireRole | undefined): Role {
  if (role === WireRole.VISITOR) return 'visitor';
  return role === WireRole.AGENT ? 'agent' : 'system';
}

export function toPerson(person: WirePerson | undefined): Person {
  return { role: toRole(person?.role), id: person?.id ?? '', name: person?.name ?? '', persona: person?.persona ?? '' };
}

export function toWish(wish: WireWish | undefined): Wish {
  if (wish?.mode === WireWishMode.WISH_STRICT) return { mode: 'strict', persona: wish.persona };
  if (wish?.mode === WireWishMode.WISH_PREFER) return { mode: 'prefer', persona: wish.persona };
  return { mode: 'any', persona: '' };
}

const statuses: [AgentStatus, WireStatus][] = [
  ['available', WireStatus.STATUS_AVAILABLE],
  ['drain', WireStatus.STATUS_DRAIN],
  ['break', WireStatus.STATUS_BREAK],
  ['offline', WireStatus.STATUS_OFFLINE],
];

export function toStatus(status: WireStatus): AgentStatus {
  return statuses.find(([, wire]) => wire === status)?.[0] ?? 'offline';
}

export function fromStatus(status: AgentStatus): WireStatus {
  return statuses.find(([plain]) => plain === status)?.[1] ?? WireStatus.STATUS_OFFLINE;
}

export function toShop(shop: WireShop | undefined): ShopInfo {
  const personas = (shop?.personas ?? []).map(({ id, names, color }) => [id, { id, names, color }] as const);
  const skills = (shop?.skills ?? []).map(({ id, names }) => [id, names] as const);
  return {
    id: shop?.id ?? '',
    name: shop?.name ?? '',
    skills: Object.fromEntries(skills),
    personas: Object.fromEntries(personas),
  };
}

// What an offer has left when nobody says so: after a reconnect the welcome names it, but not its end.
const offerTimeDefaultMs = 20_000;

export function toOffer(offer: WireOffer, nowMs: number): Offer {
  return {
    conversation: offer.conversation,
    fence: offer.fence,
    arrivedAt: nowMs,
    expiresAt: nowMs + (offer.expiresInMs || offerTimeDefaultMs),
    skill: offer.skill,
    wish: toWish(offer.wish),
    visitor: toPerson(offer.visitor),
    tier: offer.tier,
    enteredMs: Number(offer.enteredMs),
    preview: offer.preview,
    returning: offer.returning,
  };
}

function toTrigger(trigger: WireTrigger): Trigger {
  switch (trigger) {
    case WireTrigger.OPENED:
      return 'opened';
    case WireTrigger.WAITING:
      return 'waiting';
    case WireTrigger.ASSIGNED:
      return 'assigned';
    case WireTrigger.AGENT_AWAY:
      return 'away';
    case WireTrigger.CLOSED:
      return 'closed';
    default:
      return 'other';
  }
}

function toBody(body: LogEntry['body']): EntryBody {
  switch (body.case) {
    case 'content':
      return body.value.kind.case === 'text' ? { kind: 'text', text: body.value.kind.value } : { kind: 'unknown' };
    case 'autoReply':
      return { kind: 'auto', trigger: toTrigger(body.value.trigger), text: body.value.text, persona: body.value.persona };
    case 'assigned':
      return { kind: 'assigned', agent: toPerson(body.value.agent) };
    case 'requeued':
      return {
        kind: 'requeued',
        reason:
          body.value.reason === RequeueReason.REQUEUE_AGENT_LOST
            ? 'lost'
            : body.value.reason === RequeueReason.REQUEUE_TRANSFER
              ? 'transfer'
              : 'other',
      };
    case 'closed':
      return { kind: 'closed', by: toRole(body.value.by) };
    default:
      return { kind: 'unknown' };
  }
}

export function toLine(state: SessionState): Line {
  switch (state.at) {
    case 'live':
      return { state: 'live' };
    case 'waiting to reconnect':
      return { state: 'waiting', retryAt: state.untilMs, lost: state.closeCode === CLOSE_CONTINUITY_LOST };
    case 'ended':
      return { state: 'ended', code: state.closeCode };
    default:
      return { state: 'connecting' };
  }
}

// The same entry gives the same value each time: the page draws again only what is new.
const made = new WeakMap<LogEntry, Entry>();

export function toEntry(entry: LogEntry): Entry {
  let plain = made.get(entry);
  if (plain === undefined) {
    const { seq, timeMs, clientId } = entry;
    plain = { seq, timeMs, clientId, author: toPerson(entry.author), body: toBody(entry.body) };
    made.set(entry, plain);
  }
  return plain;
}

export function errorWord(code: ErrorCode): string {
  return ErrorCode[code] ?? 'ERROR_UNSPECIFIED';
}

export function toConversation(view: ConversationView, me: string): Conversation {
  const { info } = view;
  const agent = info.agent && info.agent.id !== '' ? toPerson(info.agent) : undefined;
  return {
    id: view.id,
    epoch: info.epoch,
    fence: info.fence,
    phase: phaseOf(view, agent?.id === me),
    visitor: toPerson(info.visitor),
    ...(agent && { agent }),
    skill: info.skill,
    wish: toWish(info.wish),
    tier: info.tier,
    enteredMs: Number(info.enteredMs),
    returning: info.returning,
    parked: info.parkedMs > 0n,
    head: info.head,
    entries: view.entries.map(toEntry),
    outgoing: view.pending
      .filter((post) => post.state !== 'acknowledged')
      .map((post) => ({
        clientId: post.clientId,
        text: post.text,
        timeMs: post.writtenMs,
        state: post.state === 'acknowledged' ? 'sending' : post.state,
        ...(post.state === 'refused' && { refusal: errorWord(post.refusal) }),
      })),
    readByVisitor: view.readByVisitor,
    readByAgent: view.readByAgent,
    visitorTyping: view.visitorTypes,
  };
}

function phaseOf(view: ConversationView, isMine: boolean): Phase {
  if (view.info.state === ConversationState.CONVERSATION_CLOSED) return 'closed';
  return view.info.state === ConversationState.CONVERSATION_ACTIVE && isMine && !view.gone ? 'mine' : 'gone';
}

const whyReasons: { [reason in AssignReason]?: WhyReason } = {
  [AssignReason.ASSIGN_LAST_AGENT]: 'last_agent',
  [AssignReason.ASSIGN_WISHED_PERSONA]: 'wished_persona',
  [AssignReason.ASSIGN_FIRST_FREE]: 'first_free',
  [AssignReason.ASSIGN_YOUR_TURN]: 'your_turn',
  [AssignReason.ASSIGN_OTHER_PERSONA]: 'other_persona',
};

export function toWhy({ reason, waitedMs, agents, visitors }: WhyFrame): Why {
  const shared = (of: { levelClosed: number; excluded: number; candidates: number }) =>
    [
      ['level', of.levelClosed],
      ['excluded', of.excluded],
      ['candidates', of.candidates],
    ] as const;
  return {
    reason: whyReasons[reason] ?? 'unknown',
    waitedMs,
    counts: agents
      ? [['onDuty', agents.onDuty], ['notOpen', agents.notOpen], ['persona', agents.otherPersona], ...shared(agents)]
      : visitors
        ? [['lines', visitors.lines], ['strict', visitors.strictOther], ['held', visitors.held], ...shared(visitors)]
        : [],
    agents: [agents?.winner, agents?.runnerUp].flatMap((rank) =>
      rank ? [{ name: rank.name || rank.agent, level: rank.level, loadPercent: Math.round(rank.loadPm / 10) }] : [],
    ),
    waitsMs: [visitors?.winner, visitors?.runnerUp].flatMap((rank) => (rank ? [rank.waitedMs] : [])),
  };
}

export function toDecision(frame: DecisionFrame): Decision | undefined {
  if (frame.why === undefined) return undefined;
  return {
    id: frame.id,
    timeMs: Number(frame.timeMs),
    conversation: frame.why.conversation,
    visitor: toPerson(frame.visitor),
    agent: toPerson(frame.agent),
    level: frame.level,
    skill: frame.skill,
    wish: toWish(frame.wish),
    tier: frame.tier,
    event: frame.why.event,
    why: toWhy(frame.why),
  };
}
