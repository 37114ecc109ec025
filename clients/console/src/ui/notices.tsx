// Passing words at the edge of the page; they go by themselves, but for the gravest, and stay while they are pointed at.
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleState, Notice } from '../model/types';
import type { Speech } from '../words';
import { useSpeech, useWorkplace } from './context';
import { Icon } from './icons';
import { errorText } from './log';

const shownForMs = 6_000;

export function Notices({ state }: { state: ConsoleState }) {
  return (
    <div class="notices" role="status" aria-live="polite">
      {state.notices.map(({ id, notice }) => (
        <NoticeLine key={id} id={id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeLine({ id, notice }: { id: number; notice: Notice }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const [held, setHeld] = useState(false);
  const stays = notice.kind === 'conversations_lost'; // she may not be looking
  useEffect(() => {
    if (held || stays) return;
    const timer = setTimeout(() => workplace.dismiss(id), shownForMs);
    return () => clearTimeout(timer);
  }, [held, stays]);
  return (
    <p class={`notice notice-${notice.kind}`} onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
      <span>{noticeText(notice, speech)}</span>
      <button type="button" class="quiet" aria-label={speech.words.dismiss} onClick={() => workplace.dismiss(id)}>
        <Icon name="close" size={14} />
      </button>
    </p>
  );
}

function noticeText(notice: Notice, speech: Speech): string {
  switch (notice.kind) {
    case 'offer_missed':
      return speech.say('offerMissed', { name: notice.name || speech.words.card });
    case 'offer_withdrawn':
      return speech.say('offerWithdrawn', { name: notice.name || speech.words.card });
    case 'offer_elsewhere':
      return speech.words.offerElsewhere;
    case 'conversations_lost':
      return speech.words.conversationsLost;
    case 'offer_gone':
      return speech.words.offerGone;
    case 'refused': {
      const why = errorText(notice.error, speech);
      if (notice.what === 'status') return speech.say('statusFailed', { why });
      return notice.what === 'close' ? speech.say('closeFailed', { why }) : why;
    }
  }
}
