// What was said. Everything that anybody wrote goes into text nodes; links are made of http and https addresses alone.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type ConversationView, ErrorCode, RequeueReason } from '../../../link';
import { cameBecause } from '../because';
import type { Chat } from '../chat';
import { accentStyle } from '../colors';
import { dayText, timeText } from '../format';
import { type Item, toItems } from '../items';
import { linkify } from '../linkify';
import { shopText, type Words } from '../words';
import { Face } from './faces';
import { Alert, Check, Checks, Clock, Down, Spark } from './icons';

interface Props {
  chat: Chat;
  conversation: ConversationView;
  words: Words;
}
type Said = Extract<Item, { kind: 'said' }>;

/** Closer to the end than this she is following; further away she is reading and is not pulled down. */
const FOLLOWS_WITHIN_PX = 80;

export function Log({ chat, conversation, words }: Props) {
  const { entries, pending, readByAgent } = conversation;
  const items = useMemo(
    () => toItems(entries, pending, readByAgent),
    [entries, readByAgent, pending.map(({ clientId, state }) => clientId + state).join()],
  );
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [below, setBelow] = useState(false);
  const lastKey = items[items.length - 1]?.key;
  const lastIsMine = items.findLast((item) => item.kind === 'said')?.mine;

  const toEnd = () => {
    follows.current = true;
    setBelow(false);
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(() => {
    if (follows.current || (lastIsMine && pending.length > 0)) toEnd();
    else setBelow(true);
  }, [lastKey, items.length]);
  useLayoutEffect(() => {
    if (follows.current) toEnd();
  }, [conversation.agentTypes, chat.isOpen]);
  useEffect(() => {
    // The on-screen keyboard, a growing box: whoever stood at the end stays there.
    const observer = new ResizeObserver(() => follows.current && toEnd());
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const scrolled = () => {
    const element = box.current!;
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOWS_WITHIN_PX;
    if (follows.current) setBelow(false);
  };

  const { agent } = conversation.info;
  return (
    <div class="logbox">
      <div class="log scroll" ref={box} onScroll={scrolled} role="log" aria-label={words.log} tabIndex={0}>
        {items.map((item) => (
          <ItemView key={item.key} item={item} chat={chat} conversation={conversation} words={words} />
        ))}
        {conversation.agentTypes && (
          <div class="said theirs typing" style={accentStyle(colorOf(chat, agent?.persona))}>
            <Face persona={agent?.persona || 'someone'} />
            <div class="bubble" role="status" aria-label={words.types(agent?.name || words.team)}>
              <i />
              <i />
              <i />
            </div>
          </div>
        )}
      </div>
      {below && (
        <button type="button" class="below" onClick={toEnd}>
          {words.newMessages}
          <Down />
        </button>
      )}
    </div>
  );
}

function colorOf(chat: Chat, persona: string | undefined): string | undefined {
  return chat.link.welcome?.shop?.personas.find(({ id }) => id === persona)?.color;
}

function ItemView({ item, chat, conversation, words }: Props & { item: Item }) {
  switch (item.kind) {
    case 'day':
      return <p class="day">{dayText(item.timeMs, chat.link.nowMs, chat.language, words)}</p>;
    case 'auto':
      return (
        <div class="auto" style={accentStyle(colorOf(chat, item.persona))}>
          <p class="tag">
            <Spark />
            {words.automatic}
            <time>{timeText(item.timeMs, chat.language)}</time>
          </p>
          <p class="text">
            <Text text={item.text} />
          </p>
        </div>
      );
    case 'assigned': {
      const persona = chat.link.welcome?.shop?.personas.find(({ id }) => id === item.persona);
      const because = cameBecause(item.reason, words);
      return (
        <p class="note">
          {words.assigned(item.name, shopText(persona?.names, chat.language))}
          {because && <small>{because}</small>}
        </p>
      );
    }
    case 'requeued':
      return <p class="note">{requeuedText(item.reason, words)}</p>;
    case 'closed':
      return <p class="note">{item.byVisitor ? words.closedByVisitor : words.closedByAgent}</p>;
    case 'said':
      return item.mine ? (
        <Mine item={item} chat={chat} conversation={conversation} words={words} />
      ) : (
        <Theirs item={item} chat={chat} />
      );
  }
}

function requeuedText(reason: RequeueReason, words: Words): string {
  if (reason === RequeueReason.REQUEUE_AGENT_LOST) return words.requeuedLost;
  if (reason === RequeueReason.REQUEUE_TRANSFER) return words.requeuedTransfer;
  return words.requeued;
}

function Theirs({ item, chat }: { item: Said; chat: Chat }) {
  return (
    <div class={`said theirs ${item.first ? 'first' : ''} ${item.last ? 'last' : ''}`} style={accentStyle(colorOf(chat, item.persona))}>
      {item.last && <Face persona={item.persona || 'someone'} />}
      {item.first && <span class="name">{item.name}</span>}
      <div class="bubble">
        <Text text={item.text} />
      </div>
      {item.last && <time>{timeText(item.timeMs, chat.language)}</time>}
    </div>
  );
}

function Mine({ item, chat, conversation, words }: Props & { item: Said }) {
  const mark = marks(words)[item.mark];
  return (
    <div class={`said mine ${item.first ? 'first' : ''} ${item.last ? 'last' : ''} ${item.mark}`}>
      <div class="bubble">
        <Text text={item.text} />
      </div>
      {item.mark === 'refused' && item.post ? (
        <p class="refused" role="alert">
          <Alert />
          {words.notSent}
          {item.post.refusal === ErrorCode.INVALID && ` (${words.tooLong})`}
          <button type="button" class="small" onClick={() => chat.link.retry(conversation.id, item.key)}>
            {words.retry}
          </button>
          <button type="button" class="small" onClick={() => chat.link.discard(conversation.id, item.key)}>
            {words.discard}
          </button>
        </p>
      ) : (
        (item.last || item.mark === 'waiting' || item.mark === 'sending') && (
          <p class="meta">
            <time>{timeText(item.timeMs, chat.language)}</time>
            {mark && (
              <span class="mark" role="img" aria-label={mark.label} title={mark.label}>
                <mark.Icon />
              </span>
            )}
          </p>
        )
      )}
    </div>
  );
}

function marks(words: Words) {
  return {
    none: undefined,
    waiting: { Icon: Clock, label: words.waitingToSend },
    sending: { Icon: Clock, label: words.sending },
    sent: { Icon: Check, label: words.sent },
    read: { Icon: Checks, label: words.read },
    refused: { Icon: Alert, label: words.notSent },
  };
}

function Text({ text }: { text: string }) {
  return (
    <>
      {linkify(text).map((piece) =>
        piece.href ? (
          <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
