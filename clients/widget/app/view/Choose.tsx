// What it is about and who should help, with what each choice costs in waiting; also used to change the wish while waiting.
import { useEffect, useRef } from 'preact/hooks';
import { type Persona, WishMode } from '../../../link';
import type { Chat } from '../chat';
import { accentStyle } from '../colors';
import { anyoneWait, personaWait, type Wait } from '../waits';
import { shopText, type Words } from '../words';
import { Face } from './faces';

interface Props {
  chat: Chat;
  words: Words;
}

export function Choose({ chat, words }: Props) {
  const { choice, link, changingWish } = chat;
  const shop = link.welcome?.shop;
  const persona = shop?.personas.find(({ id }) => id === choice.persona);
  const choosesPersona = choice.mode !== WishMode.WISH_ANY && persona !== undefined;
  const nobody = link.availability !== undefined && !link.availability.open;
  const action = changingWish ? words.useThis : nobody ? words.leave : words.start;

  return (
    <>
      <div class="choose scroll">
        {!changingWish && (
          <div class="welcome">
            <h2>{words.hello}</h2>
            <p>{words.helloSub}</p>
          </div>
        )}
        {nobody && <p class="notice">{words.closedNow}</p>}
        {!changingWish && <Topics chat={chat} words={words} />}
        <fieldset class="personas">
          <legend>{words.persona}</legend>
          <div class="cards">
            {shop?.personas.map((each) => (
              <PersonaCard key={each.id} chat={chat} words={words} persona={each} chosen={choosesPersona && each === persona} />
            ))}
            <AnyoneCard chat={chat} words={words} chosen={!choosesPersona} />
          </div>
        </fieldset>
        {choosesPersona && <Firmness chat={chat} words={words} persona={persona} />}
        {changingWish && <p class="hint">{words.placeKept}</p>}
      </div>
      <footer class="go" style={accentStyle(choosesPersona ? persona.color : undefined)}>
        {!nobody && <Cost chat={chat} words={words} persona={choosesPersona ? persona : undefined} />}
        {chat.failed && (
          <p class="failed" role="alert">
            {words.notDone}
          </p>
        )}
        <button
          type="button"
          class="primary"
          disabled={chat.busy || !link.isLive}
          onClick={() => void (changingWish ? chat.changeWish() : chat.start())}
        >
          {chat.busy ? words.starting : action}
        </button>
      </footer>
    </>
  );
}

function Topics({ chat, words }: Props) {
  const skills = chat.link.welcome?.shop?.skills ?? [];
  if (skills.length < 2) return null;
  return (
    <fieldset class="topics">
      <legend>{words.topic}</legend>
      <div class="chips">
        {skills.map((skill) => (
          <label key={skill.id} class="chip">
            <input
              type="radio"
              name="skill"
              checked={chat.choice.skill === skill.id}
              onChange={() => chat.choose({ skill: skill.id })}
            />
            <span>{shopText(skill.names, chat.language)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function WaitLine({ wait }: { wait: Wait }) {
  return (
    <span class={`wait ${wait.tone}`}>
      <i aria-hidden="true" />
      {wait.text}
    </span>
  );
}

function PersonaCard({ chat, words, persona, chosen }: Props & { persona: Persona; chosen: boolean }) {
  const mode = chat.choice.mode === WishMode.WISH_STRICT ? WishMode.WISH_STRICT : WishMode.WISH_PREFER;
  return (
    <label class="card" style={accentStyle(persona.color)}>
      <input type="radio" name="persona" checked={chosen} onChange={() => chat.choose({ persona: persona.id, mode })} />
      <Face persona={persona.id} />
      <span class="name">{shopText(persona.names, chat.language)}</span>
      <WaitLine wait={personaWait(chat.link.availability, persona.id, words)} />
      <span class="tagline">{shopText(persona.taglines, chat.language)}</span>
    </label>
  );
}

function AnyoneCard({ chat, words, chosen }: Props & { chosen: boolean }) {
  return (
    <label class="card wide" style={accentStyle(undefined)}>
      <input type="radio" name="persona" checked={chosen} onChange={() => chat.choose({ mode: WishMode.WISH_ANY })} />
      <Face persona="" />
      <span class="name">{words.anyone}</span>
      <span class="tagline">{words.anyoneSub}</span>
      <WaitLine wait={anyoneWait(chat.link.availability, words)} />
    </label>
  );
}

/** If possible, or only them: in plain words. */
function Firmness({ chat, words, persona }: Props & { persona: Persona }) {
  const name = shopText(persona.names, chat.language);
  const box = useRef<HTMLFieldSetElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [persona.id]);
  const options = [
    { mode: WishMode.WISH_PREFER, label: words.prefer, text: words.preferSub(name) },
    { mode: WishMode.WISH_STRICT, label: words.strict, text: words.strictSub(name) },
  ];
  return (
    <fieldset class="firmness" ref={box} style={accentStyle(persona.color)}>
      <legend>{words.howFirm(name)}</legend>
      {options.map(({ mode, label, text }) => (
        <label key={mode} class="option">
          <input type="radio" name="mode" checked={chat.choice.mode === mode} onChange={() => chat.choose({ mode })} />
          <span class="knob" aria-hidden="true" />
          <span class="label">{label}</span>
          <span class="text">{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** What the choice costs, beside the quickest one. */
function Cost({ chat, words, persona }: Props & { persona: Persona | undefined }) {
  const { availability } = chat.link;
  const anyone = anyoneWait(availability, words);
  return (
    <p class="cost" aria-live="polite">
      <span>{words.costs}</span>
      {persona && (
        <>
          <b>
            {shopText(persona.names, chat.language)}: {personaWait(availability, persona.id, words).cost}
          </b>
          <span aria-hidden="true">·</span>
        </>
      )}
      <b class={persona ? 'other' : ''}>
        {words.anyone}: {anyone.cost}
      </b>
    </p>
  );
}
