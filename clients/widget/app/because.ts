// The server's reasons, in one word each, as sentences of ours. A value that this page does not know says nothing.
import { AssignReason, WaitReason } from '../../link';
import type { Words } from './words';

const waits: Partial<Record<WaitReason, string>> = {
  [WaitReason.WAIT_ALL_BUSY]: 'all_busy',
  [WaitReason.WAIT_FOR_PERSONA]: 'for_persona',
  [WaitReason.WAIT_FOR_LAST_AGENT]: 'for_last_agent',
  [WaitReason.WAIT_NOBODY_ON_SHIFT]: 'nobody_on_shift',
  [WaitReason.WAIT_PERSONA_NOT_ON_SHIFT]: 'persona_not_on_shift',
};

const comes: Partial<Record<AssignReason, string>> = {
  [AssignReason.ASSIGN_LAST_AGENT]: 'last_agent',
  [AssignReason.ASSIGN_WISHED_PERSONA]: 'wished_persona',
  [AssignReason.ASSIGN_FIRST_FREE]: 'first_free',
  [AssignReason.ASSIGN_YOUR_TURN]: 'your_turn',
  [AssignReason.ASSIGN_OTHER_PERSONA]: 'other_persona',
};

/** Why she waits; empty if that is not known. */
export function waitsBecause(reason: WaitReason | undefined, words: Words): string {
  return words.waitsBecause[waits[reason ?? WaitReason.WAIT_UNSPECIFIED] ?? ''] ?? '';
}

/** Why it was this agent; empty if that is not known. */
export function cameBecause(reason: AssignReason, words: Words): string {
  return words.cameBecause[comes[reason] ?? ''] ?? '';
}
