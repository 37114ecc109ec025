// Why this conversation came to this agent: who was looked at, who was ruled out by what, who won and who came second.
import { useState } from 'preact/hooks';
import type { Why as Record, WhyCount, WhyReason } from '../model/types';
import type { Speech, Word } from '../words';
import { useSpeech, useWorkplace } from './context';

// In the words of the agent whom it came to; `others` in those of somebody who looks on.
const reasonWords: { [reason in WhyReason]?: Word } = {
  last_agent: 'whyLastAgent',
  wished_persona: 'whyWishedPersona',
  first_free: 'whyFirstFree',
  your_turn: 'whyYourTurn',
  other_persona: 'whyOtherPersona',
};

const others: { [reason in WhyReason]?: Word } = {
  last_agent: 'becauseLastAgent',
  wished_persona: 'becauseWishedPersona',
  first_free: 'becauseFirstFree',
  your_turn: 'becauseTurn',
  other_persona: 'whyOtherPersona',
};

const countWords: { [count in WhyCount]: Word } = {
  onDuty: 'whyOnDuty',
  notOpen: 'whyNotOpen',
  level: 'whyLevel',
  persona: 'whyPersona',
  excluded: 'whyExcluded',
  candidates: 'whyCandidates',
  lines: 'whyLines',
  strict: 'whyStrict',
  held: 'whyHeld',
};

const places: Word[] = ['whyWinner', 'whyRunnerUp'];

/** Asked for when it is opened. `key` it by conversation and fence: another assignment has another reason. */
export function Why({ conversation }: { conversation: string }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const [record, setRecord] = useState<Record | 'asked' | 'none'>();
  const ask = async () => {
    if (record !== undefined && record !== 'none') return;
    setRecord('asked');
    setRecord((await workplace.askWhy(conversation)) ?? 'none');
  };
  return (
    <details class="why" onToggle={(event) => event.currentTarget.open && void ask()}>
      <summary>{speech.words.why}</summary>
      {record === 'none' && <p class="faint">{speech.words.whyNone}</p>}
      {typeof record === 'object' && <WhyTable record={record} speech={speech} />}
    </details>
  );
}

export function reasonWord(reason: WhyReason): Word | undefined {
  return others[reason];
}

export function WhyTable({ record, speech, onlooker = false }: { record: Record; speech: Speech; onlooker?: boolean }) {
  const reason = (onlooker ? others : reasonWords)[record.reason];
  const ranks = [
    ...record.agents.map(({ name, level, loadPercent }) => speech.say('whyRank', { name, level, load: loadPercent })),
    ...record.waitsMs.map((waited) => speech.say('waitsFor', { time: speech.duration(waited) })),
  ];
  const rows: [Word, string][] = [
    ['cardWaited', speech.duration(record.waitedMs)],
    ...record.counts.map(([of, n]): [Word, string] => [countWords[of], String(n)]),
    ...ranks.map((text, i): [Word, string] => [places[i] ?? 'whyRunnerUp', text]),
  ];
  return (
    <>
      {reason !== undefined && <p>{speech.words[reason]}</p>}
      <dl class="facts">
        {rows.map(([word, text]) => (
          <div key={word}>
            <dt>{speech.words[word]}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
