// One conversation: who it is, what was said, the box to answer in.
import { useEffect } from 'preact/hooks';
import type { Conversation, ConsoleState } from '../model/types';
import { Composer } from './composer';
import { classes, useSpeech, useWorkplace } from './context';
import { Icon } from './icons';
import { Log } from './log';
import { Face, Parked, Returning, Tier, WaitClock, WishMark } from './marks';

interface Props {
  state: ConsoleState;
  conversation: Conversation;
  closeArmed: boolean;
  setCloseArmed(on: boolean): void;
  openDetails(): void;
}

export function ConversationPane({ state, conversation, closeArmed, setCloseArmed, openDetails }: Props) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const { visitor, phase } = conversation;
  const name = speech.visitorName(visitor);
  return (
    <section class="pane" aria-label={name}>
      <header class="pane-head">
        <button
          type="button"
          class="quiet pane-back"
          aria-label={speech.words.backToList}
          onClick={() => workplace.select(undefined)}
        >
          <Icon name="back" size={20} />
        </button>
        <Face name={name} id={visitor.id} size={34} />
        <div class="pane-who">
          <h2>{name}</h2>
          <p>
            <Tier tier={conversation.tier} />
            {conversation.returning && <Returning words />}
            {conversation.phase === 'mine' && conversation.parked && <Parked words />}
            <WishMark wish={conversation.wish} shop={state.shop} words />
            {conversation.skill !== '' && (
              <span class="chip">{speech.nameOf(state.shop.skills[conversation.skill], conversation.skill)}</span>
            )}
          </p>
        </div>
        <WaitClock conversation={conversation} serverAhead={state.serverAhead} />
        <button
          type="button"
          class="quiet pane-details"
          aria-label={`${speech.words.details} (Alt+I)`}
          title={`${speech.words.details} (Alt+I)`}
          onClick={openDetails}
        >
          <Icon name="card" size={18} />
        </button>
        {phase === 'mine' ? (
          <CloseButton
            armed={closeArmed}
            setArmed={setCloseArmed}
            closing={state.closing.includes(conversation.id)}
            close={() => void workplace.close(conversation.id)}
          />
        ) : (
          <button
            type="button"
            class="quiet"
            title={speech.words.dismiss}
            aria-label={speech.words.dismiss}
            onClick={() => workplace.putAway(conversation.id)}
          >
            <Icon name="close" />
          </button>
        )}
      </header>
      <Log key={conversation.id} conversation={conversation} state={state} />
      {phase === 'mine' ? (
        <Composer key={conversation.id} conversation={conversation} state={state} />
      ) : (
        <p class="pane-over">{phase === 'closed' ? speech.words.chatClosed : speech.words.takenAway}</p>
      )}
    </section>
  );
}

// The second press within this time ends the conversation.
const armedForMs = 4_000;

function CloseButton(props: { armed: boolean; setArmed(on: boolean): void; closing: boolean; close(): void }) {
  const { armed, setArmed, closing, close } = props;
  const speech = useSpeech();
  useEffect(() => {
    if (!armed) return;
    const timer = setTimeout(() => setArmed(false), armedForMs);
    return () => clearTimeout(timer);
  }, [armed]);
  return (
    <button
      type="button"
      class={classes('end', armed && 'end-armed')}
      disabled={closing}
      title={`${speech.words.close} (Alt+X)`}
      aria-label={armed ? speech.words.closeSure : speech.words.close}
      onClick={() => {
        setArmed(!armed);
        if (armed) close();
      }}
    >
      <Icon name="end" />
      <span>{closing ? speech.words.closing : armed ? speech.words.closeSure : speech.words.close}</span>
      {armed && <i class="end-time" style={`animation-duration:${armedForMs}ms`} />}
    </button>
  );
}

export function NothingChosen({ state }: { state: ConsoleState }) {
  const speech = useSpeech();
  const [before = '', after = ''] = speech.words.chooseLead.split('{key}');
  const anyone = Object.values(state.conversations).some(({ phase }) => phase === 'mine');
  return (
    <section class="pane pane-empty">
      <Icon name="next" size={36} />
      <h2>{anyone ? speech.words.choose : speech.words.noChats}</h2>
      <p>
        {anyone ? (
          <>
            {before}
            <kbd>Alt+N</kbd>
            {after}
          </>
        ) : state.status === 'available' ? (
          speech.words.noChatsAvailable
        ) : (
          speech.words.noChatsAway
        )}
      </p>
    </section>
  );
}
