// What was said, in order. Texts of people reach the page as text nodes only.
import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Conversation, ConsoleState, Entry, Outgoing } from '../model/types';
import type { Speech, Word } from '../words';
import { classes, useSpeech, useWorkplace } from './context';
import { Icon } from './icons';
import { memo } from './memo';

// Nearer to the end than this counts as being there.
const nearEndPx = 48;
// Lines of one person that follow each other within this time stand together.
const togetherMs = 3 * 60_000;

export function Log({ conversation, state }: { conversation: Conversation; state: ConsoleState }) {
  const speech = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [below, setBelow] = useState(false);
  const { entries, outgoing, visitorTyping } = conversation;
  const seenBefore = useSeenBefore(conversation);
  const viewed = useViewed(conversation, atEnd);

  const toEnd = () => {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
    atEnd.current = true;
    setBelow(false);
  };

  // What she writes herself she wants to see; what others write moves the page only if she is at its end.
  const ownCount = useRef(outgoing.length);
  useLayoutEffect(() => {
    if (atEnd.current || outgoing.length > ownCount.current) toEnd();
    else setBelow(true);
    ownCount.current = outgoing.length;
    viewed();
  }, [entries.length, outgoing.length]);
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
  }, [visitorTyping]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => atEnd.current && toEnd());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const lastOwn = [...entries].reverse().find((entry) => entry.body.kind === 'text' && entry.author.id === state.me.id);
  const now = Date.now() + state.serverAhead;
  return (
    <div class="log-frame">
      <div
        ref={box}
        class="log"
        role="log"
        tabIndex={0}
        aria-label={speech.visitorName(conversation.visitor)}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          atEnd.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
          if (atEnd.current) {
            setBelow(false);
            viewed();
          }
        }}
      >
        <div class="log-lines">
          {entries.length === 0 && outgoing.length === 0 && (
            <p class="log-empty">{conversation.head > 0 ? speech.words.loadingLog : speech.words.emptyLog}</p>
          )}
          {entries.map((entry, i) => {
            const before = entries[i - 1];
            const newDay = before === undefined || speech.day(before.timeMs, now) !== speech.day(entry.timeMs, now);
            return (
              <Fragment key={entry.seq}>
                {newDay && <p class="log-day">{speech.day(entry.timeMs, now)}</p>}
                {entry.seq === seenBefore && <p class="log-new">{speech.words.newMessages}</p>}
                <Line
                  entry={entry}
                  me={state.me.id}
                  visitorName={speech.visitorName(conversation.visitor)}
                  together={!newDay && entry.seq !== seenBefore && standTogether(before, entry)}
                  mark={entry !== lastOwn ? '' : entry.seq <= conversation.readByVisitor ? 'read' : 'delivered'}
                />
              </Fragment>
            );
          })}
          {outgoing.map((message) => (
            <OwnLine
              key={message.clientId}
              conversation={conversation.id}
              message={message}
              live={state.line.state === 'live'}
            />
          ))}
          <p class={classes('log-typing', visitorTyping && 'on')} aria-live="polite">
            {visitorTyping && (
              <>
                <i />
                <i />
                <i />
                <span class="unseen">{speech.say('visitorTyping', { name: speech.visitorName(conversation.visitor) })}</span>
              </>
            )}
          </p>
        </div>
      </div>
      {below && (
        <button type="button" class="log-below" onClick={toEnd}>
          <Icon name="down" size={14} /> {speech.words.newBelow}
        </button>
      )}
    </div>
  );
}

// The first message that was unread when the conversation was opened: a line is drawn before it, and stays there.
function useSeenBefore(conversation: Conversation): number | undefined {
  const [mark] = useState(() => conversation.readByAgent);
  const [last] = useState(() => conversation.entries.at(-1)?.seq ?? 0);
  if (mark === 0 || mark >= last) return undefined;
  const isNew = (entry: Entry) =>
    entry.seq > mark && entry.seq <= last && entry.body.kind === 'text' && entry.author.role === 'visitor';
  return conversation.entries.find(isNew)?.seq;
}

// Read is what stands on a page that is open, in front, and scrolled to its end.
function useViewed(conversation: Conversation, atEnd: { current: boolean }): () => void {
  const workplace = useWorkplace();
  const { id } = conversation;
  const last = conversation.entries.at(-1)?.seq ?? 0;
  const isUnread = last > conversation.readByAgent;
  const viewed = () => {
    if (isUnread && atEnd.current && document.visibilityState === 'visible' && document.hasFocus()) workplace.viewed(id);
  };
  useEffect(() => {
    if (!isUnread) return;
    viewed();
    const again = setInterval(viewed, 1200);
    window.addEventListener('focus', viewed);
    return () => {
      clearInterval(again);
      window.removeEventListener('focus', viewed);
    };
  }, [id, last, isUnread]);
  return viewed;
}

function standTogether(before: Entry | undefined, entry: Entry): boolean {
  if (before === undefined || entry.timeMs - before.timeMs > togetherMs) return false;
  return before.body.kind === 'text' && entry.body.kind === 'text' && before.author.id === entry.author.id;
}

const triggers: Record<string, Word> = {
  opened: 'autoOpened',
  waiting: 'autoWaiting',
  assigned: 'autoAssigned',
  away: 'autoAway',
  closed: 'autoClosed',
};

interface LineProps {
  entry: Entry;
  me: string;
  visitorName: string;
  together: boolean;
  mark: '' | 'read' | 'delivered';
}

const Line = memo(function Line({ entry, me, visitorName, together, mark }: LineProps) {
  const speech = useSpeech();
  const { body, author, timeMs } = entry;
  if (body.kind === 'unknown') return null;
  if (body.kind === 'auto') {
    const trigger = triggers[body.trigger];
    return (
      <div class="say say-auto">
        <p class="say-by">
          <Icon name="bot" size={13} /> {speech.words.auto}
          {trigger !== undefined && ` · ${speech.words[trigger]}`} <time>{speech.time(timeMs)}</time>
        </p>
        <p class="say-text">{body.text}</p>
      </div>
    );
  }
  if (body.kind !== 'text') {
    return (
      <p class="note">
        {noteText(entry, me, speech)} <time>{speech.time(timeMs)}</time>
      </p>
    );
  }
  const own = author.id === me && author.role === 'agent';
  const by = author.role === 'visitor' ? visitorName : own ? speech.words.you : author.name || author.id;
  return (
    <div
      class={classes(
        'say',
        author.role === 'visitor' ? 'say-visitor' : own ? 'say-own' : 'say-other',
        together && 'say-together',
      )}
    >
      {!together && (
        <p class="say-by">
          <b>{by}</b> <time>{speech.time(timeMs)}</time>
        </p>
      )}
      <p class="say-text" title={together ? speech.time(timeMs) : undefined}>
        {body.text}
      </p>
      {mark !== '' && (
        <p class={`say-mark say-${mark}`}>
          <Icon name="check" size={12} /> {speech.words[mark]}
        </p>
      )}
    </div>
  );
});

function noteText({ body }: Entry, me: string, speech: Speech): string {
  switch (body.kind) {
    case 'assigned':
      return body.agent.id === me
        ? speech.words.assignedYou
        : speech.say('assignedOther', { name: body.agent.name || body.agent.id });
    case 'requeued':
      if (body.reason === 'lost') return speech.words.requeuedLost;
      return body.reason === 'transfer' ? speech.words.requeuedTransfer : speech.words.requeued;
    case 'closed':
      if (body.by === 'visitor') return speech.words.closedByVisitor;
      return body.by === 'agent' ? speech.words.closedByAgent : speech.words.closedBySystem;
    default:
      return '';
  }
}

function OwnLine({ conversation, message, live }: { conversation: string; message: Outgoing; live: boolean }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const refused = message.state === 'refused';
  return (
    <div class={classes('say', 'say-own', refused ? 'say-refused' : 'say-sending')}>
      <p class="say-text">{message.text}</p>
      {refused ? (
        <p class="say-mark" role="alert">
          <Icon name="warn" size={12} /> {speech.words.failed}: {errorText(message.refusal ?? '', speech)}
          <button type="button" onClick={() => workplace.retry(conversation, message.clientId)}>
            {speech.words.retry}
          </button>
          <button type="button" onClick={() => workplace.discard(conversation, message.clientId)}>
            {speech.words.discard}
          </button>
        </p>
      ) : (
        <p class="say-mark">
          <Icon name="clock" size={12} /> {live ? speech.words.sending : speech.words.waitingForLine}
        </p>
      )}
    </div>
  );
}

// What a refusal of the wire means to the agent.
export function errorText(error: string, speech: Speech): string {
  const known: Record<string, Word> = {
    BUSY: 'errBusy',
    TRY_AGAIN: 'errTryAgain',
    STALE: 'errStale',
    NOT_ALLOWED: 'errNotAllowed',
    NOT_FOUND: 'errNotFound',
    CLOSED: 'errClosed',
    FULL: 'errFull',
    INTERNAL: 'errInternal',
    LINE: 'errLine',
  };
  return speech.words[known[error] ?? 'errInvalid'];
}
