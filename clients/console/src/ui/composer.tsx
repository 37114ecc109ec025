// The box to answer in. Enter sends, Shift+Enter breaks the line, "/" opens the quick replies; while an input method composes,
// every key is its own.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Conversation, ConsoleState } from '../model/types';
import { fill } from '../quick/fill';
import { findSlash, matchReplies, type Reply, type Slash } from '../quick/match';
import { useSpeech, useWorkplace } from './context';
import { Icon } from './icons';
import { QuickPanel } from './quick_panel';

// Other parts of the page ask for the box by these events.
export const focusBox = 'console-focus-box';
export const openQuick = 'console-open-quick';

const heightMaxPx = 180;
const encoder = new TextEncoder();

export function Composer({ conversation, state }: { conversation: Conversation; state: ConsoleState }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const { id } = conversation;
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => workplace.drafts.get(id));
  const [caret, setCaret] = useState(text.length);
  const quick = useQuick(text, caret, state.replies, speech.words.stages);
  const tooMany = encoder.encode(text).length - state.textOctetsMax;

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(heightMaxPx, element.scrollHeight)}px`;
  }, [text]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (matchMedia('(pointer: fine)').matches) focusAtEnd(element);
    const focus = () => focusAtEnd(element);
    const open = () => {
      if (document.activeElement !== element) focusAtEnd(element);
      quick.openAt(element.selectionStart);
    };
    window.addEventListener(focusBox, focus);
    window.addEventListener(openQuick, open);
    return () => {
      window.removeEventListener(focusBox, focus);
      window.removeEventListener(openQuick, open);
    };
  }, []);

  const changed = (element: HTMLTextAreaElement) => {
    setText(element.value);
    setCaret(element.selectionStart);
    quick.moved(element.value, element.selectionStart);
    workplace.typed(id, element.value);
  };

  const send = () => {
    if (tooMany > 0 || !workplace.post(id, text)) return;
    setText('');
    setCaret(0);
    quick.close();
    box.current?.focus();
  };

  const values = { visitor: conversation.visitor.name, agent: state.me.name };
  const filledIn = (reply: Reply) =>
    fill(reply.text, values, { visitor: speech.words.visitorFallback, agent: speech.words.agentFallback });

  const choose = (reply: Reply) => {
    const element = box.current;
    const slash = quick.slash;
    if (element === null || slash === undefined) return;
    const filled = filledIn(reply);
    element.focus();
    element.setSelectionRange(slash.start, slash.end);
    // The editing command, where there is one, keeps the browser's own undo.
    if (!document.execCommand('insertText', false, filled)) element.setRangeText(filled, slash.start, slash.end, 'end');
    changed(element);
    quick.close(findSlash(element.value, element.selectionStart)?.start);
  };

  const keyDown = (event: KeyboardEvent) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (quick.slash !== undefined && quickKey(event, quick, choose)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    }
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {quick.slash !== undefined && (
        <QuickPanel
          replies={quick.found}
          chosen={quick.chosen}
          query={quick.slash.query}
          filledIn={filledIn}
          choose={choose}
          point={quick.choose}
        />
      )}
      <div class="composer-box">
        <button
          type="button"
          class="quiet"
          aria-label={`${speech.words.quickReplies} (/)`}
          title={`${speech.words.quickReplies} (/)`}
          aria-expanded={quick.slash !== undefined}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() =>
            quick.slash === undefined ? window.dispatchEvent(new Event(openQuick)) : quick.close(quick.slash.start)
          }
        >
          <Icon name="bolt" size={18} />
        </button>
        <textarea
          ref={box}
          rows={1}
          value={text}
          placeholder={speech.say('write', { name: speech.visitorName(conversation.visitor) })}
          aria-label={speech.say('write', { name: speech.visitorName(conversation.visitor) })}
          aria-describedby="composer-hint"
          aria-controls={quick.slash !== undefined ? 'quick-panel' : undefined}
          aria-activedescendant={quick.slash !== undefined && quick.found.length > 0 ? `quick-${quick.chosen}` : undefined}
          onInput={(event) => changed(event.currentTarget)}
          onSelect={(event) => {
            setCaret(event.currentTarget.selectionStart);
            quick.moved(event.currentTarget.value, event.currentTarget.selectionStart);
          }}
          onBlur={() => quick.slash !== undefined && quick.close(quick.slash.start)}
          onKeyDown={keyDown}
        />
        <button
          type="submit"
          class="primary send"
          disabled={text.trim() === '' || tooMany > 0}
          aria-label={speech.words.send}
          title={`${speech.words.send} (Enter)`}
        >
          <Icon name="send" size={18} />
        </button>
      </div>
      <p class="composer-hint" id="composer-hint">
        {tooMany > 0 ? (
          <b role="alert">{speech.say('tooLong', { n: charactersOver(text, tooMany) })}</b>
        ) : (
          speech.words.writeHint
        )}
      </p>
    </form>
  );
}

function focusAtEnd(element: HTMLTextAreaElement): void {
  element.focus();
  element.setSelectionRange(element.value.length, element.value.length);
}

// How many characters at the end make up so many octets.
function charactersOver(text: string, octets: number): number {
  let n = 0;
  for (const char of [...text].reverse()) {
    if (octets <= 0) break;
    octets -= encoder.encode(char).length;
    n++;
  }
  return n;
}

interface Quick {
  slash: Slash | undefined; // the panel is open
  found: readonly Reply[];
  chosen: number;
  choose(index: number): void;
  moved(text: string, caret: number): void;
  openAt(caret: number): void;
  close(start?: number): void; // start: the slash there stays closed
}

// The panel opens behind a typed slash, or by button at any caret; what follows is the query in both cases. What is chosen
// belongs to its query: another query begins at the top again. Nothing here waits for an effect, so that keys that follow
// each other faster than the page draws find everything as it is.
function useQuick(text: string, caret: number, replies: readonly Reply[], stageNames: Record<string, string>): Quick {
  const [openedAt, setOpenedAt] = useState<number>();
  const [closedAt, setClosedAt] = useState<number>();
  const [choice, setChoice] = useState({ query: '', index: 0 });

  const slash = replies.length === 0 ? undefined : openSlash(text, caret, openedAt, closedAt);
  const query = slash?.query ?? '';
  const found = slash === undefined ? [] : matchReplies(replies, query, stageNames);
  const index = choice.query === query ? choice.index : 0;
  return {
    slash,
    found,
    chosen: Math.min(index, Math.max(0, found.length - 1)),
    choose: (to) => setChoice({ query, index: to }),
    moved(nextText, nextCaret) {
      if (findSlash(nextText, nextCaret) === undefined) setClosedAt(undefined);
      if (openSlash(nextText, nextCaret, openedAt, undefined)?.start !== openedAt) setOpenedAt(undefined);
    },
    openAt(at) {
      setClosedAt(undefined);
      setOpenedAt(at);
      setChoice({ query: '', index: 0 });
    },
    close(start) {
      setOpenedAt(undefined);
      setClosedAt(start);
      setChoice({ query: '', index: 0 });
    },
  };
}

function openSlash(
  text: string,
  caret: number,
  openedAt: number | undefined,
  closedAt: number | undefined,
): Slash | undefined {
  if (openedAt !== undefined && openedAt <= caret) {
    const query = text.slice(openedAt, caret);
    if (!/\s/.test(query)) return { start: openedAt, end: caret, query };
  }
  const typed = findSlash(text, caret);
  return typed === undefined || typed.start === closedAt ? undefined : typed;
}

// Returns whether the key was for the panel.
function quickKey(event: KeyboardEvent, quick: Quick, choose: (reply: Reply) => void): boolean {
  const count = quick.found.length;
  const reply = quick.found[quick.chosen];
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  switch (event.key) {
    case 'ArrowDown':
    case 'ArrowUp':
      if (count > 0) quick.choose((quick.chosen + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
      return true;
    case 'Enter':
    case 'Tab':
      if (event.shiftKey || reply === undefined) return false;
      choose(reply);
      return true;
    case 'Escape':
      quick.close(quick.slash?.start);
      return true;
    default:
      return false;
  }
}
