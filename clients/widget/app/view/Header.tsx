// Who is on the other side, and the way out.
import { useState } from 'preact/hooks';
import { ConversationState, isWaiting } from '../../../link';
import type { Chat } from '../chat';
import { shopText, type Words } from '../words';
import { Face } from './faces';
import { Down, Leave, Left } from './icons';

export function Header({ chat, words }: { chat: Chat; words: Words }) {
  const [sure, setSure] = useState(false);
  const { conversation, link } = chat;
  const shop = link.welcome?.shop;
  const running = conversation && conversation.info.state !== ConversationState.CONVERSATION_CLOSED && !conversation.gone;
  const agent = conversation && !isWaiting(conversation.info.state) ? conversation.info.agent : undefined;
  const persona = shop?.personas.find(({ id }) => id === agent?.persona);

  return (
    <header class="header">
      <div class="bar">
        {chat.changingWish && (
          <button type="button" class="round" aria-label={words.back} onClick={() => chat.keepWish()}>
            <Left />
          </button>
        )}
        {agent && <Face persona={agent.persona} />}
        <div class="who">
          <h1>{agent?.name || shop?.name || words.title}</h1>
          {agent && <p>{[shopText(persona?.names, chat.language), shop?.name].filter(Boolean).join(' · ')}</p>}
        </div>
        {running && !chat.changingWish && (
          <button type="button" class="round" aria-label={words.end} title={words.end} onClick={() => setSure(true)}>
            <Leave />
          </button>
        )}
        {!chat.standsAlone && (
          <button type="button" class="round" aria-label={words.minimise} title={words.minimise} onClick={() => chat.minimise()}>
            <Down />
          </button>
        )}
      </div>
      {sure && running && (
        <div class="sure" role="alertdialog" aria-label={words.endSure}>
          <span>{words.endSure}</span>
          <button
            type="button"
            class="small strong"
            onClick={() => {
              setSure(false);
              void chat.close();
            }}
          >
            {words.endYes}
          </button>
          <button type="button" class="small" ref={(button) => button?.focus()} onClick={() => setSure(false)}>
            {words.endNo}
          </button>
        </div>
      )}
    </header>
  );
}
