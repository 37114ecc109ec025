// The line, when it is not there. What she writes is kept, and the banner says so.
import { useEffect, useState } from 'preact/hooks';
import { CLOSE_TOO_MANY_CONNECTIONS } from '../../../link';
import type { Chat } from '../chat';
import type { Words } from '../words';
import { NoLine } from './icons';

const CLOSE_VERSION = 4503;
/** Short interruptions mend themselves before anybody needs to hear of them. */
const QUIET_MS = 800;

export function Banner({ chat, words }: { chat: Chat; words: Words }) {
  const { state } = chat.link;
  const interrupted = state.at !== 'live' && (chat.hasBeenLive || state.at === 'waiting to reconnect');
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!interrupted) return setShown(false);
    const timer = setTimeout(() => setShown(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [interrupted]);

  if (state.at === 'ended') return <Ended chat={chat} words={words} closeCode={state.closeCode} />;
  if (!interrupted || !shown) return null;
  return (
    <div class="banner" role="status">
      <NoLine />
      <span>{navigator.onLine ? words.reconnecting : words.offline}</span>
      <button type="button" class="small" onClick={() => chat.link.hurry()}>
        {words.now}
      </button>
    </div>
  );
}

function Ended({ chat, words, closeCode }: { chat: Chat; words: Words; closeCode: number }) {
  const again = () => chat.link.start();
  const [text, label, action] =
    closeCode === CLOSE_TOO_MANY_CONNECTIONS
      ? [words.elsewhere, words.here, again]
      : closeCode === CLOSE_VERSION
        ? [words.newVersion, words.reload, () => location.reload()]
        : [words.ended, words.tryAgain, again];
  return (
    <div class="banner" role="alert">
      <NoLine />
      <span>{text}</span>
      <button type="button" class="small" onClick={action}>
        {label}
      </button>
    </div>
  );
}
