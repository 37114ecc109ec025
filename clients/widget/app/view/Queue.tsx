// Her place in the queue, honestly: position, a range of time, who went ahead, and her wish, which she may change.
import { type ConversationView, WishMode } from '../../../link';
import { waitsBecause } from '../because';
import type { Chat } from '../chat';
import { accentStyle } from '../colors';
import { queueText } from '../format';
import { shopText, type Words } from '../words';
import { Face } from './faces';
import { Crown } from './icons';

interface Props {
  chat: Chat;
  conversation: ConversationView;
  words: Words;
}

export function Queue({ chat, conversation, words }: Props) {
  const { queue, info, wasPassed } = conversation;
  const persona = chat.link.welcome?.shop?.personas.find(({ id }) => id === info.wish?.persona);
  const because = waitsBecause(queue?.reason, words);
  const ahead = queue ? queue.position - 1 : undefined;
  return (
    <section class="queue" style={accentStyle(persona?.color)} aria-label={words.waitTitle}>
      <div class="place" role="status">
        <span class="number" aria-hidden="true">
          {queue ? queue.position : '·'}
        </span>
        <p>
          <b>{ahead === undefined ? words.waitTitle : ahead === 0 ? words.nextUp : words.ahead(ahead)}</b>
          <span>{queue ? queueText(queue.etaP50Ms, queue.etaP90Ms, words) : words.etaUnknown}</span>
        </p>
      </div>
      {chat.link.availability && !chat.link.availability.open && <p class="passed">{words.closedNow}</p>}
      {because && <p class="because">{because}</p>}
      {wasPassed && (
        <p class="passed" role="status">
          <Crown />
          {words.passed}
        </p>
      )}
      <div class="wish">
        <Face persona={info.wish?.mode === WishMode.WISH_ANY ? '' : (info.wish?.persona ?? '')} />
        <span>{wishText(info.wish?.mode, shopText(persona?.names, chat.language), words)}</span>
        <button type="button" class="small" disabled={!chat.link.isLive} onClick={() => chat.askForAnotherWish()}>
          {words.changeWish}
        </button>
      </div>
    </section>
  );
}

function wishText(mode: WishMode | undefined, persona: string, words: Words): string {
  if (mode === WishMode.WISH_STRICT) return words.wishStrict(persona);
  if (mode === WishMode.WISH_PREFER) return words.wishPrefer(persona);
  return words.wishAny;
}
