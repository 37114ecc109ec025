// The quick replies that fit, by stage of the sale; the chosen one in full.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Reply } from '../quick/match';
import { classes, useSpeech } from './context';

interface Props {
  replies: readonly Reply[];
  chosen: number;
  query: string;
  filledIn(reply: Reply): string;
  choose(reply: Reply): void;
  point(index: number): void;
}

export function QuickPanel({ replies, chosen, query, filledIn, choose, point }: Props) {
  const speech = useSpeech();
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(
    () => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }),
    [chosen, replies.length],
  );
  const byStage = query === '';
  return (
    <section
      class="quick"
      id="quick-panel"
      aria-label={speech.words.quickReplies}
      onMouseDown={(event) => event.preventDefault()}
    >
      <header>
        <b>{speech.words.quickReplies}</b>
        <span class="faint">{speech.words.quickHint}</span>
      </header>
      {replies.length === 0 ? (
        <p class="quick-none">{speech.say('quickNone', { query })}</p>
      ) : (
        <ul ref={list} role="listbox" tabIndex={0} aria-label={speech.words.quickReplies}>
          {replies.map((reply, i) => {
            const newStage = byStage && replies[i - 1]?.stage !== reply.stage;
            const stage = speech.words.stages[reply.stage] ?? reply.stage;
            return (
              <li
                key={`${reply.shortcut}/${reply.title}`}
                id={`quick-${i}`}
                role="option"
                aria-selected={i === chosen}
                class={classes('quick-reply', newStage && 'quick-first')}
                onPointerMove={() => i !== chosen && point(i)}
                onClick={() => choose(reply)}
              >
                <span class="quick-stage">{newStage || !byStage ? stage : ''}</span>
                <span class="quick-title">
                  <b>{reply.title}</b>
                  {reply.shortcut !== '' && <code>/{reply.shortcut}</code>}
                </span>
                <span class="quick-text">{filledIn(reply)}</span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
