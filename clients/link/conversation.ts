// One conversation as this client sees it: the server's facts, the log, our own unsent messages, who types, who has read.
import { create } from '@bufbuild/protobuf';
import type { Environment } from './environment';
import {
  type Conversation as ConversationFrame,
  ConversationSchema,
  ConversationState,
  type QueueUpdate,
  Role,
} from './frames';
import { ConversationLog, type LogEntry } from './log';
import type { OwnPost } from './outgoing';
import { OwnTyping, PeerTyping } from './typing';

/** What an app may read of a conversation. Nothing here is changed by the app. */
export interface ConversationView {
  readonly id: string;
  readonly info: ConversationFrame;
  /** In order, without a gap. */
  readonly entries: readonly LogEntry[];
  /** Own messages that are not acknowledged yet; they belong after `entries`. */
  readonly pending: readonly OwnPost[];
  /** The newest word on the queue; absent when not waiting. */
  readonly queue: QueueUpdate | undefined;
  /** Somebody with priority went ahead since she began to wait. */
  readonly wasPassed: boolean;
  readonly visitorTypes: boolean;
  readonly agentTypes: boolean;
  readonly readByVisitor: number;
  readonly readByAgent: number;
  /** The server does not count us among its participants any more (archived, or given to somebody else). */
  readonly gone: boolean;
  /** Messages of the other side after the given role's read mark. */
  unread(role: Role): number;
}

export class LiveConversation implements ConversationView {
  info: ConversationFrame;
  readonly log = new ConversationLog();
  queue: QueueUpdate | undefined;
  wasPassed = false;
  gone = false;
  readonly ownTyping: OwnTyping;
  private readonly peers: Record<'visitor' | 'agent', PeerTyping>;
  private marks = { visitor: 0, agent: 0 };

  constructor(
    readonly id: string,
    environment: Environment,
    private readonly pendingPosts: () => readonly OwnPost[],
    tellTyping: (on: boolean) => void,
    changed: () => void,
  ) {
    this.info = create(ConversationSchema, { id });
    this.ownTyping = new OwnTyping(environment, tellTyping);
    this.peers = { visitor: new PeerTyping(environment, changed), agent: new PeerTyping(environment, changed) };
  }

  get entries(): readonly LogEntry[] {
    return this.log.entries;
  }
  get pending(): readonly OwnPost[] {
    return this.pendingPosts();
  }
  get visitorTypes(): boolean {
    return this.peers.visitor.isOn;
  }
  get agentTypes(): boolean {
    return this.peers.agent.isOn;
  }
  get readByVisitor(): number {
    return this.marks.visitor;
  }
  get readByAgent(): number {
    return this.marks.agent;
  }

  unread(role: Role): number {
    const mark = role === Role.VISITOR ? this.marks.visitor : this.marks.agent;
    return this.entries.filter(
      (entry) => entry.seq > mark && entry.body.case === 'content' && entry.author?.role !== role,
    ).length;
  }

  take(info: ConversationFrame): void {
    this.info = info;
    this.gone = false;
    this.markRead(Role.VISITOR, info.readByVisitor);
    this.markRead(Role.AGENT, info.readByAgent);
    if (!isWaiting(info.state)) {
      this.queue = undefined;
      this.wasPassed = false;
    }
  }

  takeQueue(queue: QueueUpdate): void {
    this.queue = queue;
    if (queue.passedByPriority) this.wasPassed = true;
  }

  /** Entries tell of changes too; they only count when they are newer than what the server last said as a whole. */
  apply(entry: LogEntry): void {
    const role = entry.author?.role;
    if (entry.body.case === 'content' && role === Role.VISITOR) this.peers.visitor.set(false);
    if (entry.body.case === 'content' && role === Role.AGENT) this.peers.agent.set(false);
    if (entry.seq <= this.info.head) return;
    this.info.head = entry.seq;
    if (entry.body.case === 'assigned') {
      this.info.state = ConversationState.CONVERSATION_ACTIVE;
      this.info.agent = entry.body.value.agent;
      this.queue = undefined;
      this.wasPassed = false;
    } else if (entry.body.case === 'requeued') {
      this.info.state = ConversationState.CONVERSATION_WAITING;
      this.info.agent = undefined;
    } else if (entry.body.case === 'closed') {
      this.info.state = ConversationState.CONVERSATION_CLOSED;
      this.queue = undefined;
    }
  }

  setTyping(role: Role, on: boolean): void {
    if (role === Role.VISITOR) this.peers.visitor.set(on);
    if (role === Role.AGENT) this.peers.agent.set(on);
  }

  /** Marks only rise. Returns whether this one did. */
  markRead(role: Role, seq: number): boolean {
    const who = role === Role.VISITOR ? 'visitor' : role === Role.AGENT ? 'agent' : undefined;
    if (!who || seq <= this.marks[who]) return false;
    this.marks[who] = seq;
    return true;
  }

  reset(epoch: number): void {
    this.log.reset(epoch);
    this.marks = { visitor: 0, agent: 0 };
  }
}

export function isWaiting(state: ConversationState): boolean {
  return state === ConversationState.CONVERSATION_WAITING || state === ConversationState.CONVERSATION_OFFERED;
}
