// Which screen: still connecting, choosing, or in a conversation (waiting, talking, over).
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { isWaiting } from '../../link';
import type { Chat } from './chat';
import { accentStyle } from './colors';
import { Banner } from './view/Banner';
import { Choose } from './view/Choose';
import { Conversation } from './view/Conversation';
import { Header } from './view/Header';
import { wordsIn } from './words';

export function App({ chat }: { chat: Chat }) {
  const [, again] = useState(0);
  // At once, not after the first paint: in a frame that is not shown yet that may come after the welcome.
  useLayoutEffect(() => chat.subscribe(() => again((n) => n + 1)), [chat]);
  useEffect(() => {
    document.documentElement.lang = chat.language === 'zh' ? 'zh-CN' : 'en';
    document.title = wordsIn(chat.language).title;
  }, [chat.language]);
  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) chat.minimise();
    };
    window.addEventListener('keydown', escape);
    return () => window.removeEventListener('keydown', escape);
  }, [chat]);

  const { conversation } = chat;
  const words = wordsIn(chat.language);
  const info = chat.changingWish ? undefined : conversation?.info;
  const persona = info && isWaiting(info.state) ? info.wish?.persona : info?.agent?.persona;
  const color = chat.link.welcome?.shop?.personas.find(({ id }) => id === persona)?.color;

  return (
    <main class="chat" style={accentStyle(color)}>
      <Header chat={chat} words={words} />
      <Banner chat={chat} words={words} />
      {conversation && !chat.changingWish ? (
        <Conversation chat={chat} conversation={conversation} words={words} />
      ) : chat.link.welcome ? (
        <Choose chat={chat} words={words} />
      ) : (
        <div class="connecting" role="status">
          <span class="pulse" aria-hidden="true" />
          {words.connecting}
        </div>
      )}
    </main>
  );
}
