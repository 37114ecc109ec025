// The link's public face. Apps import from here and from './browser'.
export * from './frames';
export type { Cancel, Dial, Environment, Line, LineEvents } from './environment';
export { CLOSE_CONTINUITY_LOST, CLOSE_TOKEN_EXPIRED, CLOSE_TOO_MANY_CONNECTIONS, reconnectDelayMs, staysAway } from './backoff';
export { isWaiting, type ConversationView } from './conversation';
export { Link, meansOver, type LinkEvent, type LinkOptions, type TokenStore } from './link';
export type { LogEntry } from './log';
export type { OutgoingStore, OwnPost } from './outgoing';
export { Refused, Unanswered } from './requests';
export type { SessionState } from './session';
