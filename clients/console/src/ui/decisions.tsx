// For supervisors: the shop's latest decisions, who got whom and why; and the record of any one conversation by its id.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type LatestDecisions, withNewer, withOlder } from '../model/latest_decisions';
import type { Decision, Person, ShopInfo, Why } from '../model/types';
import type { Speech, Word } from '../words';
import { classes, useSpeech, useWorkplace } from './context';
import { Icon } from './icons';
import { personaColor, Tier, WishMark } from './marks';
import { reasonWord, WhyTable } from './why';

const atOnce = 50;
const againAfterMs = 5_000;

const eventWords: { [event: string]: Word } = {
  visitor_arrived: 'eventArrived',
  wish_changed: 'eventWish',
  visitor_left: 'eventLeft',
  tick: 'eventTime',
  started: 'eventStarted',
  policy_changed: 'eventSettings',
  agent_configured: 'eventSettings',
  agent_status_changed: 'eventAgent',
  agent_line_changed: 'eventAgent',
  offer_accepted: 'eventAccepted',
  offer_refused: 'eventRefused',
  offer_missed: 'eventMissed',
  offer_void: 'eventVoid',
  chat_ended: 'eventEnded',
  chat_parked: 'eventParked',
  chat_requeued: 'eventRequeued',
};

export function Decisions({ shop, close }: { shop: ShopInfo; close(): void }) {
  const speech = useSpeech();
  const { rows, isLost, older, askOlder } = useDecisions();
  const [opened, setOpened] = useState<string>();
  return (
    <section class="decisions" aria-label={speech.words.decisions}>
      <header>
        <div>
          <h2>{speech.words.decisions}</h2>
          <p class="faint">{speech.words.decisionsMeans}</p>
        </div>
        <AskOne />
        <button type="button" class="quiet" aria-label={speech.words.closeHelp} onClick={close}>
          <Icon name="close" size={18} />
        </button>
      </header>
      {isLost && <p class="decisions-lost">{speech.words.errLine}</p>}
      {rows?.length === 0 && <p class="list-empty">{speech.words.decisionsNone}</p>}
      {rows !== undefined && rows.length > 0 && (
        <table>
          <thead>
            <tr>
              {columns.map((word) => (
                <th key={word} scope="col">
                  {speech.words[word]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row
                key={row.id}
                row={row}
                shop={shop}
                isOpen={opened === row.id}
                toggle={() => setOpened(opened === row.id ? undefined : row.id)}
              />
            ))}
          </tbody>
        </table>
      )}
      {older && (
        <button type="button" class="decisions-older" onClick={askOlder}>
          {speech.words.decisionsOlder}
        </button>
      )}
    </section>
  );
}

const columns = ['decisionTime', 'decisionEvent', 'card', 'decisionWish', 'decisionAgent', 'cardWaited', 'decisionWhy'] as const;

function Row({ row, shop, isOpen, toggle }: { row: Decision; shop: ShopInfo; isOpen: boolean; toggle(): void }) {
  const speech = useSpeech();
  const reason = reasonWord(row.why.reason);
  const skill = speech.nameOf(shop.skills[row.skill], row.skill);
  return (
    <>
      <tr class={classes('decision', isOpen && 'decision-open')} data-decision={row.conversation}>
        <Cell of="decisionTime">
          <button type="button" aria-expanded={isOpen} onClick={toggle}>
            <Icon name="chevron" size={12} /> {speech.time(row.timeMs, true)}
          </button>
        </Cell>
        <Cell of="decisionEvent">{eventText(row.event, speech)}</Cell>
        <Cell of="card">
          <b>{row.visitor.id === '' ? '–' : speech.visitorName(row.visitor)}</b> <Tier tier={row.tier} />
        </Cell>
        <Cell of="decisionWish">
          {skill} <WishMark wish={row.wish} shop={shop} words />
        </Cell>
        <Cell of="decisionAgent">
          <AgentName agent={row.agent} shop={shop} /> {row.level > 0 && <small>{speech.say('decisionBackup', { n: row.level })}</small>}
        </Cell>
        <Cell of="cardWaited">{speech.duration(row.why.waitedMs)}</Cell>
        <Cell of="decisionWhy">{reason !== undefined && speech.words[reason]}</Cell>
      </tr>
      {isOpen && (
        <tr class="decision-record">
          <td colSpan={columns.length}>
            <WhyTable record={row.why} speech={speech} onlooker />
            <p class="faint">
              {speech.words.cardChat} <code>{row.conversation}</code>
            </p>
          </td>
        </tr>
      )}
    </>
  );
}

// On a narrow page the column's name stands beside its value.
function Cell({ of, children }: { of: Word; children: ComponentChildren }) {
  const speech = useSpeech();
  return (
    <td data-of={speech.words[of]}>
      <div>{children}</div>
    </td>
  );
}

function AgentName({ agent, shop }: { agent: Person; shop: ShopInfo }) {
  const speech = useSpeech();
  const persona = shop.personas[agent.persona];
  return (
    <>
      <b>{agent.name || agent.id}</b>
      {persona !== undefined && (
        <small class="decision-persona" style={`--own:${personaColor(shop, agent.persona)}`}>
          {speech.nameOf(persona.names, agent.persona)}
        </small>
      )}
    </>
  );
}

function eventText(event: string, speech: Speech): string {
  const word = eventWords[event];
  return word === undefined ? event : speech.words[word];
}

// Why any one conversation came to its agent, also one that is not among the latest.
function AskOne() {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const [record, setRecord] = useState<Why | 'none'>();
  const ask = async (form: HTMLFormElement) => {
    const conversation = String(new FormData(form).get('conversation') ?? '').trim();
    if (conversation !== '') setRecord((await workplace.askWhy(conversation)) ?? 'none');
  };
  return (
    <form
      class="decisions-ask"
      onSubmit={(event) => {
        event.preventDefault();
        void ask(event.currentTarget);
      }}
    >
      <label>
        <span class="unseen">{speech.words.cardChat}</span>
        <input name="conversation" placeholder={speech.words.cardChat} maxLength={128} autocomplete="off" />
      </label>
      <button type="submit">{speech.words.decisionAsk}</button>
      {record !== undefined && (
        <div class="decisions-answer" role="status">
          <button type="button" class="quiet" aria-label={speech.words.closeHelp} onClick={() => setRecord(undefined)}>
            <Icon name="close" />
          </button>
          {record === 'none' ? <p>{speech.words.whyNone}</p> : <WhyTable record={record} speech={speech} onlooker />}
        </div>
      )}
    </form>
  );
}

function useDecisions() {
  const workplace = useWorkplace();
  const [known, setKnown] = useState<LatestDecisions>();
  const [isLost, setLost] = useState(false);
  const ask = async (before: string) => {
    const found = await workplace.decisions(atOnce, before);
    setLost(found === undefined);
    if (found === undefined) return;
    const full = found.length === atOnce;
    setKnown((now) => (now !== undefined && before !== '' ? withOlder(now, found, full) : withNewer(now, found, full)));
  };
  useEffect(() => {
    void ask('');
    const timer = setInterval(() => document.hidden || void ask(''), againAfterMs);
    return () => clearInterval(timer);
  }, [workplace]);
  return { rows: known?.rows, isLost, older: known?.hasOlder === true, askOlder: () => void ask(known?.rows.at(-1)?.id ?? '') };
}
