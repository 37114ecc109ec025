// My conversations: who waits longest on top, those that ended greyed at the end.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { memo } from './memo';
import type { Conversation, ConsoleState, ShopInfo } from '../model/types';
import { unread, waitingSince } from '../model/wait';
import type { Speech } from '../words';
import { classes, useSpeech, useWorkplace } from './context';
import { Icon } from './icons';
import { Face, Keys, Parked, Returning, Tier, WaitClock, WishMark } from './marks';

export function List({ state }: { state: ConsoleState }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const listed = state.order.map((id) => state.conversations[id]).filter((c) => c !== undefined);
  const mine = listed.filter((c) => c.phase === 'mine');
  const over = listed.filter((c) => c.phase !== 'mine');
  const anyoneWaits = mine.some((c) => waitingSince(c) !== undefined);
  const item = (conversation: Conversation, place: number) => (
    <Item
      key={conversation.id}
      conversation={conversation}
      shop={state.shop}
      me={state.me.id}
      serverAhead={state.serverAhead}
      selected={state.selected === conversation.id}
      draft={state.selected === conversation.id ? '' : workplace.drafts.get(conversation.id)}
      place={place}
    />
  );
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(
    () => box.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' }),
    [state.selected],
  );
  return (
    <nav ref={box} class="list" aria-label={speech.words.chats} onPointerMove={() => workplace.steady()}>
      <h2>
        {speech.words.chats} <b>{mine.length}</b>
        <button
          type="button"
          class="next-waiting"
          disabled={!anyoneWaits}
          title={anyoneWaits ? `${speech.words.nextWaiting} (Alt+N)` : speech.words.allAnswered}
          onClick={() => workplace.selectLongestWaiting()}
        >
          <Icon name="next" size={14} /> {speech.words.nextWaiting} <Keys of="Alt+N" />
        </button>
      </h2>
      {mine.length === 0 && (
        <p class="list-empty">
          {speech.words.noChats} {state.status === 'available' ? speech.words.noChatsAvailable : speech.words.noChatsAway}
        </p>
      )}
      <ul>{mine.map((conversation, i) => item(conversation, i))}</ul>
      {over.length > 0 && (
        <>
          <h2 class="list-over">{speech.words.closedToday}</h2>
          <ul>{over.map((conversation, i) => item(conversation, mine.length + i))}</ul>
        </>
      )}
    </nav>
  );
}

interface ItemProps {
  conversation: Conversation;
  shop: ShopInfo;
  me: string;
  serverAhead: number;
  selected: boolean;
  draft: string;
  place: number;
}

const Item = memo(function Item({ conversation, shop, me, serverAhead, selected, draft, place }: ItemProps) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const { visitor, phase } = conversation;
  const name = speech.visitorName(visitor);
  const count = phase === 'mine' ? unread(conversation) : 0;
  const isWaiting = waitingSince(conversation) !== undefined;
  const isParked = phase === 'mine' && conversation.parked;
  const last = lastLine(conversation, me, speech);
  return (
    <li>
      <button
        type="button"
        class={classes('item', selected && 'item-selected', phase !== 'mine' && 'item-over', isParked && 'item-parked', count > 0 && 'item-unread')}
        aria-current={selected ? 'true' : undefined}
        data-conversation={conversation.id}
        onClick={() => workplace.select(conversation.id)}
      >
        <span class="item-face">
          <Face name={name} id={visitor.id} size={38} />
          {place < 9 && phase === 'mine' && <kbd class="item-place">{place + 1}</kbd>}
        </span>
        <span class="item-name">
          <b>{name}</b>
          <Tier tier={conversation.tier} />
          {conversation.returning && <Returning />}
          <WishMark wish={conversation.wish} shop={shop} />
        </span>
        <span class="item-time">
          {isWaiting ? (
            <WaitClock conversation={conversation} serverAhead={serverAhead} />
          ) : (
            last.timeMs > 0 && speech.time(last.timeMs)
          )}
        </span>
        <span class="item-last">
          {draft !== '' ? (
            <>
              <em>{speech.words.draft}</em> {draft}
            </>
          ) : conversation.visitorTyping ? (
            <em class="item-typing">{speech.words.typing}</em>
          ) : isParked ? (
            <Parked words />
          ) : (
            <>
              {last.by !== '' && <span class="faint">{last.by}: </span>}
              {last.text}
            </>
          )}
        </span>
        <span class="item-count">
          {count > 0 && (
            <span class="badge" aria-label={speech.say('unread', { n: count })}>
              {count > 99 ? '99+' : count}
            </span>
          )}
        </span>
      </button>
    </li>
  );
});

// The latest thing that was said, or what became of the conversation.
function lastLine(conversation: Conversation, me: string, speech: Speech): { by: string; text: string; timeMs: number } {
  const sent = conversation.outgoing.at(-1);
  if (sent !== undefined)
    return { by: sent.state === 'refused' ? speech.words.failed : speech.words.you, text: sent.text, timeMs: sent.timeMs };
  for (let i = conversation.entries.length - 1; i >= 0; i--) {
    const entry = conversation.entries[i];
    if (entry === undefined) break;
    const { body, author, timeMs } = entry;
    if (body.kind === 'text') {
      const by = author.role === 'visitor' ? '' : author.id === me ? speech.words.you : author.name;
      return { by, text: body.text, timeMs };
    }
    if (body.kind === 'auto') return { by: speech.words.auto, text: body.text, timeMs };
    if (body.kind === 'closed' && conversation.phase === 'closed') {
      const text =
        body.by === 'visitor'
          ? speech.words.closedByVisitor
          : body.by === 'agent'
            ? speech.words.closedByAgent
            : speech.words.closedBySystem;
      return { by: '', text, timeMs };
    }
    if (body.kind === 'requeued' && conversation.phase === 'gone') return { by: '', text: speech.words.requeued, timeMs };
  }
  return { by: '', text: '', timeMs: 0 };
}
