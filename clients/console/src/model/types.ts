// What the console knows, as plain values. Times are server times in ms since 1970 unless the name says otherwise.
import type { Reply } from '../quick/match';

export type Role = 'visitor' | 'agent' | 'system';
export type AgentStatus = 'available' | 'drain' | 'break' | 'offline';
export type WishMode = 'any' | 'prefer' | 'strict';
export type Trigger = 'opened' | 'waiting' | 'assigned' | 'away' | 'closed' | 'other';

export interface Person {
  role: Role;
  id: string;
  name: string;
  persona: string;
}

export interface Wish {
  mode: WishMode;
  persona: string;
}

export type EntryBody =
  | { kind: 'text'; text: string }
  | { kind: 'auto'; trigger: Trigger; text: string; persona: string }
  | { kind: 'assigned'; agent: Person }
  | { kind: 'requeued'; reason: 'lost' | 'transfer' | 'other' }
  | { kind: 'closed'; by: Role }
  | { kind: 'unknown' }; // of a newer server: it has its place in the order and nothing to show

export interface Entry {
  seq: number;
  timeMs: number;
  clientId: string;
  author: Person;
  body: EntryBody;
}

// My own message that the log does not hold yet.
export interface Outgoing {
  clientId: string;
  text: string;
  timeMs: number; // local clock
  state: 'waiting' | 'sending' | 'refused'; // waiting: for the line, or for its turn
  refusal?: string; // an error word of the wire, e.g. CLOSED
}

// mine: served by me. closed: it ended. gone: open, but served by somebody else or waiting again.
export type Phase = 'mine' | 'closed' | 'gone';

export interface Conversation {
  id: string;
  epoch: number;
  fence: number;
  phase: Phase;
  visitor: Person;
  agent?: Person;
  skill: string;
  wish: Wish;
  tier: number;
  enteredMs: number;
  returning: boolean;
  parked: boolean; // the visitor has left my answer without one for long: it takes a part of a place
  head: number; // seq of the last entry that the server told of
  entries: readonly Entry[]; // ascending by seq
  outgoing: readonly Outgoing[]; // oldest first; they belong after the entries
  readByVisitor: number;
  readByAgent: number;
  visitorTyping: boolean;
}

export interface Offer {
  conversation: string;
  fence: number;
  arrivedAt: number; // local clock, ms
  expiresAt: number; // local clock, ms
  skill: string;
  wish: Wish;
  visitor: Person;
  tier: number;
  enteredMs: number;
  preview: string;
  returning: boolean;
  answering?: 'accept' | 'decline' | undefined; // asked, the answer is not here yet
}

// Why a conversation came to this agent: what the desk noted when it decided.
export type WhyReason = 'last_agent' | 'wished_persona' | 'first_free' | 'your_turn' | 'other_persona' | 'unknown';
export type WhyCount =
  | 'onDuty'
  | 'notOpen'
  | 'level'
  | 'persona'
  | 'excluded'
  | 'candidates'
  | 'lines'
  | 'strict'
  | 'held';
export interface Why {
  reason: WhyReason;
  waitedMs: number;
  counts: readonly (readonly [WhyCount, number])[];
  agents: readonly { name: string; level: number; loadPercent: number }[]; // the first and the second, if agents were compared
  waitsMs: readonly number[]; // likewise, if visitors were
}

// One offer of the shop, as a supervisor sees it.
export interface Decision {
  id: string;
  timeMs: number;
  conversation: string;
  visitor: Person;
  agent: Person;
  level: number;
  skill: string;
  wish: Wish;
  tier: number;
  event: string; // what led to it, in the router's words
  why: Why;
}

export interface PersonaInfo {
  id: string;
  names: Record<string, string>;
  color: string;
}

export interface ShopInfo {
  id: string;
  name: string;
  skills: Record<string, Record<string, string>>; // id -> language -> name
  personas: Record<string, PersonaInfo>;
}

export type Line =
  | { state: 'connecting' }
  | { state: 'live' }
  | { state: 'waiting'; retryAt: number; lost: boolean } // local clock, ms; lost: the server has lost what it held
  | { state: 'ended'; code: number };

// A passing word to the agent; the page shows it for a few seconds.
export type Notice =
  | { kind: 'offer_missed'; name: string }
  | { kind: 'offer_withdrawn'; name: string }
  | { kind: 'offer_elsewhere'; name: string }
  | { kind: 'offer_gone' }
  | { kind: 'conversations_lost' }
  | { kind: 'refused'; what: 'status' | 'close' | 'offer'; error: string };

export interface ConsoleState {
  line: Line;
  signedIn: boolean; // a welcome has come
  me: Person;
  shop: ShopInfo;
  status: AgentStatus;
  reason: string;
  statusAsked?: AgentStatus | undefined; // asked, the answer is not here yet
  capacity: number;
  supervisor: boolean;
  replies: readonly Reply[];
  textOctetsMax: number;
  serverAhead: number; // server time minus local time, ms
  conversations: Readonly<Record<string, Conversation>>;
  closing: readonly string[]; // I asked to end these, the answer is not here yet
  offers: readonly Offer[];
  order: readonly string[]; // as listed: mine first, then the ended ones
  selected?: string | undefined;
  awaited?: string | undefined; // to be selected as soon as it is there
  steadyUntil: number; // local clock: the list keeps its order until then
  notices: readonly { id: number; notice: Notice }[];
  noticesMade: number;
}
