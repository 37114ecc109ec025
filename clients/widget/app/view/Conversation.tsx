// A conversation in its three ages: waiting (the queue above), talking, over (the way to a new one below).
import { ConversationState, type ConversationView, isWaiting } from '../../../link';
import type { Chat } from '../chat';
import type { Words } from '../words';
import { Composer } from './Composer';
import { Log } from './Log';
import { Queue } from './Queue';

interface Props {
  chat: Chat;
  conversation: ConversationView;
  words: Words;
}

export function Conversation({ chat, conversation, words }: Props) {
  const { state } = conversation.info;
  const over = state === ConversationState.CONVERSATION_CLOSED || conversation.gone;
  return (
    <>
      {isWaiting(state) && !over && <Queue chat={chat} conversation={conversation} words={words} />}
      <Log chat={chat} conversation={conversation} words={words} />
      {over ? (
        <footer class="over">
          <p>
            <b>{conversation.gone ? words.lost : words.over}</b>
            <br />
            {conversation.gone ? words.lostSub : words.overSub}
          </p>
          <button type="button" class="primary" onClick={() => chat.startAgain()}>
            {words.again}
          </button>
        </footer>
      ) : (
        <Composer key={conversation.id} chat={chat} conversation={conversation} words={words} />
      )}
    </>
  );
}
