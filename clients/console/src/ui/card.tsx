// The visitor's card: what the frames tell of her.
import type { Conversation, ConsoleState } from '../model/types';
import { firstTimes } from '../model/wait';
import { useSpeech } from './context';
import { Icon } from './icons';
import { Face, Keys, Returning, Tier, WishMark } from './marks';
import { keyGroups } from './help';
import { Why } from './why';

interface Props {
  state: ConsoleState;
  conversation: Conversation | undefined;
  close(): void;
}

export function Card({ state, conversation, close }: Props) {
  const speech = useSpeech();
  return (
    <aside class="card" aria-label={speech.words.card}>
      <button type="button" class="quiet card-close" aria-label={speech.words.closeHelp} onClick={close}>
        <Icon name="close" />
      </button>
      {conversation !== undefined && <Visitor state={state} conversation={conversation} />}
      <ShortKeys />
    </aside>
  );
}

function Visitor({ state, conversation }: { state: ConsoleState; conversation: Conversation }) {
  const speech = useSpeech();
  const { visitor, wish, skill, tier, entries } = conversation;
  const { queuedMs, firstAnswerMs } = firstTimes(conversation);
  const persona = conversation.agent?.persona ?? '';
  const said = entries.filter((entry) => entry.body.kind === 'text').length;
  const facts: [string, preact.ComponentChildren][] = [
    [
      speech.words.cardWish,
      <>
        <WishMark wish={wish} shop={state.shop} words />
        {wish.mode !== 'any' && persona !== '' && (
          <small class={wish.persona === persona ? 'good' : 'faint'}>
            {wish.persona === persona ? speech.words.wishMet : speech.words.wishMissed}
          </small>
        )}
      </>,
    ],
    [speech.words.cardSkill, skill === '' ? '–' : speech.nameOf(state.shop.skills[skill], skill)],
    [speech.words.cardTier, tier > 0 ? speech.say('tier', { n: tier }) : speech.words.regular],
    [speech.words.cardReturning, conversation.returning ? speech.words.cardReturningYes : speech.words.cardNew],
    [speech.words.cardSince, speech.time(conversation.enteredMs)],
    [speech.words.cardWaited, queuedMs === undefined ? '–' : speech.duration(queuedMs)],
    [speech.words.cardFirst, firstAnswerMs === undefined ? speech.words.cardFirstOpen : speech.duration(firstAnswerMs)],
    [speech.words.cardMessages, said],
    [speech.words.cardAgent, conversation.agent === undefined ? '–' : conversation.agent.name || conversation.agent.id],
  ];
  return (
    <section>
      <header class="card-head">
        <Face name={speech.visitorName(visitor)} id={visitor.id} size={56} />
        <h2>{speech.visitorName(visitor)}</h2>
        <p>
          <Tier tier={tier} />
          {conversation.returning && <Returning words />}
        </p>
      </header>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Why key={`${conversation.id}/${conversation.fence}`} conversation={conversation.id} />
      <details class="card-ids">
        <summary>ID</summary>
        <dl class="facts">
          <div>
            <dt>{speech.words.cardId}</dt>
            <dd>
              <code>{visitor.id}</code>
            </dd>
          </div>
          <div>
            <dt>{speech.words.cardChat}</dt>
            <dd>
              <code>{conversation.id}</code>
            </dd>
          </div>
        </dl>
      </details>
    </section>
  );
}

const shortList = ['Alt+N', 'Alt+1', 'Alt+A', '/', 'Alt+X', '?'];

function ShortKeys() {
  const speech = useSpeech();
  const keys = keyGroups.flatMap((group) => group.keys).filter(({ of }) => shortList.includes(of));
  return (
    <section class="card-keys">
      <h2>{speech.words.help}</h2>
      <ul>
        {keys.map(({ of, does }) => (
          <li key={of}>
            <Keys of={of} /> {speech.words[does]}
          </li>
        ))}
      </ul>
    </section>
  );
}
