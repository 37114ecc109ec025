// Where she writes. Enter sends, Shift+Enter breaks the line, and an Enter that belongs to an input method does neither.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type ConversationView, isWaiting } from '../../../link';
import type { Chat } from '../chat';
import type { Words } from '../words';
import { Emoji } from './Emoji';
import { Send, Smile } from './icons';

interface Props {
  chat: Chat;
  conversation: ConversationView;
  words: Words;
}

const TEXT_OCTETS_MAX = 4_000;
const octets = (text: string) => new TextEncoder().encode(text).length;
/** Keys that an input method is still using (229 is what Safari says when its composition ends with this very key). */
const COMPOSING_KEY = 229;

export function Composer({ chat, conversation, words }: Props) {
  const { id } = conversation;
  const [text, setText] = useState(chat.draft);
  const [picking, setPicking] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const limit = chat.link.welcome?.limits?.textOctetsMax || TEXT_OCTETS_MAX;
  const tooLong = octets(text) > limit;
  const sendable = text.trim() !== '' && !tooLong;

  const write = (next: string) => {
    setText(next);
    chat.draft = next;
    if (next.trim() === '') chat.link.stoppedTyping(id);
    else chat.link.typed(id);
  };
  const send = () => {
    if (!sendable) return;
    chat.post(text.replaceAll('\0', '').trim());
    setText('');
    chat.draft = '';
    setPicking(false);
    box.current?.focus();
  };
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && picking) {
      event.preventDefault();
      setPicking(false);
    }
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === COMPOSING_KEY) return;
    event.preventDefault();
    send();
  };
  const insert = (emoji: string) => {
    const { selectionStart: from, selectionEnd: to } = box.current!;
    write(text.slice(0, from) + emoji + text.slice(to));
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(from + emoji.length, from + emoji.length);
    });
  };

  useLayoutEffect(() => {
    const element = box.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text, chat.isOpen]);
  useEffect(() => {
    // On a phone the keyboard would jump up uninvited.
    if (chat.isOpen && matchMedia('(hover: hover)').matches) box.current?.focus();
  }, [chat.isOpen]);

  return (
    <footer class="composer">
      {picking && <Emoji label={words.emoji} pick={insert} />}
      <div class={tooLong ? 'box tooLong' : 'box'}>
        <button
          type="button"
          class="round"
          aria-label={words.emoji}
          aria-expanded={picking}
          title={words.emoji}
          onClick={() => setPicking(!picking)}
        >
          <Smile />
        </button>
        <textarea
          ref={box}
          rows={1}
          value={text}
          aria-label={words.write}
          aria-invalid={tooLong}
          placeholder={isWaiting(conversation.info.state) ? words.typeWhileWaiting : words.write}
          enterkeyhint="send"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={keyDown}
          onBlur={() => chat.link.stoppedTyping(id)}
        />
        <button type="button" class="send" aria-label={words.send} title={words.send} disabled={!sendable} onClick={send}>
          <Send />
        </button>
      </div>
      {tooLong && (
        <p class="failed" role="alert">
          {words.tooLong}
        </p>
      )}
    </footer>
  );
}
