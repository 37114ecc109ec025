// One calm line below the top bar for whatever keeps new chats away or holds messages back, with the way out beside it.
import type { ConsoleState } from '../model/types';
import { useNow, useSpeech, useWorkplace } from './context';
import { Icon } from './icons';
import { isForMissedOffers, reasonWord } from './top_bar';

export function Banners({ state }: { state: ConsoleState }) {
  return (
    <div class="banners" aria-live="polite">
      {state.line.state !== 'live' && state.signedIn && <LineBanner state={state} />}
      {state.signedIn && <StatusBanner state={state} />}
    </div>
  );
}

function LineBanner({ state }: { state: ConsoleState }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const now = useNow();
  const { line } = state;
  return (
    <p class="banner banner-line">
      <Icon name="warn" />
      <span>
        {speech.words.reconnectingMeans}
        {line.state === 'waiting' && line.retryAt - now > 1500 && (
          <small>{speech.say('nextTry', { time: speech.duration(line.retryAt - now) })}</small>
        )}
      </span>
      {line.state === 'waiting' && (
        <button type="button" onClick={() => workplace.reconnect()}>
          {speech.words.reconnectNow}
        </button>
      )}
    </p>
  );
}

function StatusBanner({ state }: { state: ConsoleState }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  if (state.status === 'available' || state.statusAsked === 'available') return null;
  const missed = state.status === 'break' && isForMissedOffers(state.reason);
  const reason = reasonWord(state.reason);
  const open = Object.values(state.conversations).filter(({ phase }) => phase === 'mine').length;
  const text =
    state.status === 'break'
      ? missed
        ? speech.words.breakMissed
        : [speech.words.breakBanner, reason ? speech.words[reason] : state.reason].filter(Boolean).join(' · ')
      : state.status === 'drain'
        ? speech.say('drainBanner', { n: open })
        : speech.words.offlineBanner;
  return (
    <p class={`banner ${missed ? 'banner-missed' : `banner-${state.status}`}`}>
      {missed ? <Icon name="warn" /> : <i class={`dot dot-${state.status}`} />}
      <span>{text}</span>
      <button type="button" onClick={() => void workplace.setStatus('available')}>
        {state.status === 'offline' ? speech.words.goAvailable : speech.words.back}
      </button>
    </p>
  );
}
