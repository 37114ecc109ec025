// Who I am, my status and what it means, how full I am, how the line is, settings.
import { useState } from 'preact/hooks';
import type { AgentStatus, ConsoleState, Line } from '../model/types';
import type { Prefs, Theme } from '../prefs';
import type { Word } from '../words';
import { classes, useNow, useSpeech, useWorkplace } from './context';
import { Brand, Icon } from './icons';
import { Face, Keys, personaColor } from './marks';
import { Menu } from './menu';

export type OpenMenu = 'status' | 'settings' | undefined;

interface Props {
  state: ConsoleState;
  prefs: Prefs;
  setPrefs(change: Partial<Prefs>): void;
  menu: OpenMenu;
  setMenu(menu: OpenMenu): void;
  openHelp(): void;
  decisionsOpen: boolean;
  openDecisions(open: boolean): void;
  signOut(): void;
}

export function TopBar(props: Props) {
  const { state, menu, setMenu, openHelp, decisionsOpen, openDecisions } = props;
  const speech = useSpeech();
  const { me, shop } = state;
  const persona = shop.personas[me.persona];
  return (
    <header class="bar">
      <h1 class="unseen">{speech.words.app}</h1>
      <span class="bar-brand">
        <Brand />
        <b>{shop.name || 'Switchboard'}</b>
      </span>
      <span class="bar-me">
        <Face name={me.name || me.id} id={me.id} size={30} color={personaColor(shop, me.persona)} />
        <span>
          <b>{me.name || me.id}</b>
          {persona !== undefined && (
            <small style={`--own:${personaColor(shop, me.persona)}`}>{speech.nameOf(persona.names, me.persona)}</small>
          )}
        </span>
      </span>
      <StatusMenu state={state} open={menu === 'status'} setOpen={(open) => setMenu(open ? 'status' : undefined)} />
      <Capacity state={state} />
      <span class="bar-gap" />
      {state.supervisor && (
        <button
          type="button"
          class="quiet bar-decisions"
          aria-pressed={decisionsOpen}
          title={speech.words.decisionsMeans}
          onClick={() => openDecisions(!decisionsOpen)}
        >
          <Icon name="decisions" size={18} /> <span>{speech.words.decisions}</span>
        </button>
      )}
      <LinePill line={state.line} signedIn={state.signedIn} />
      <button
        type="button"
        class="quiet bar-help"
        onClick={openHelp}
        aria-label={speech.words.help}
        title={`${speech.words.help} (?)`}
      >
        <Icon name="help" size={18} />
      </button>
      <SettingsMenu {...props} open={menu === 'settings'} setOpen={(open) => setMenu(open ? 'settings' : undefined)} />
    </header>
  );
}

const statuses: { status: AgentStatus; name: Word; means: Word }[] = [
  { status: 'available', name: 'available', means: 'availableMeans' },
  { status: 'drain', name: 'drain', means: 'drainMeans' },
  { status: 'break', name: 'break', means: 'breakMeans' },
  { status: 'offline', name: 'offline', means: 'offlineMeans' },
];
const breakReasons: { code: string; name: Word }[] = [
  { code: 'meal', name: 'reasonMeal' },
  { code: 'rest', name: 'reasonRest' },
  { code: 'meeting', name: 'reasonMeeting' },
  { code: 'training', name: 'reasonTraining' },
];

// The server's own word for "two offers went unanswered".
export function isForMissedOffers(reason: string): boolean {
  return /miss/i.test(reason);
}

export function reasonWord(reason: string): Word | undefined {
  if (isForMissedOffers(reason)) return 'reasonMissed';
  return breakReasons.find(({ code }) => code === reason)?.name;
}

function StatusMenu({ state, open, setOpen }: { state: ConsoleState; open: boolean; setOpen(open: boolean): void }) {
  const speech = useSpeech();
  const workplace = useWorkplace();
  const shown = state.statusAsked ?? state.status;
  const name = statuses.find(({ status }) => status === shown)?.name ?? 'offline';
  const reason = reasonWord(state.reason);
  const choose = (status: AgentStatus, why = '') => {
    setOpen(false);
    void workplace.setStatus(status, why);
  };
  const button = (
    <>
      <i class={`dot dot-${shown}`} />
      <span>{speech.words[name]}</span>
      {state.status === 'break' && state.reason !== '' && <small>{reason ? speech.words[reason] : state.reason}</small>}
      <Icon name="chevron" size={14} />
    </>
  );
  const buttonClass = classes('status', `status-${shown}`, state.statusAsked !== undefined && 'asked');
  return (
    <Menu
      open={open}
      setOpen={setOpen}
      button={button}
      buttonClass={buttonClass}
      label={`${speech.words.status}: ${speech.words[name]} (Alt+S)`}
    >
      {statuses.map(({ status, name, means }) => (
        <div key={status} class={classes('status-choice', state.status === status && 'chosen')}>
          <button type="button" aria-pressed={state.status === status} onClick={() => choose(status)}>
            <i class={`dot dot-${status}`} />
            <b>{speech.words[name]}</b>
            <small>{speech.words[means]}</small>
          </button>
          {status === 'break' && <BreakReasons choose={(why) => choose('break', why)} />}
        </div>
      ))}
    </Menu>
  );
}

const reasonLengthMax = 60;

function BreakReasons({ choose }: { choose(reason: string): void }) {
  const speech = useSpeech();
  return (
    <div class="reasons">
      {breakReasons.map(({ code, name }) => (
        <button type="button" key={code} onClick={() => choose(code)}>
          {speech.words[name]}
        </button>
      ))}
      <input
        placeholder={speech.words.reasonOther}
        aria-label={speech.words.reasonOtherHint}
        title={speech.words.reasonOtherHint}
        maxLength={reasonLengthMax}
        onKeyDown={(event) => {
          const reason = event.currentTarget.value.trim();
          if (event.key === 'Enter' && !event.isComposing && reason !== '') choose(reason);
        }}
      />
    </div>
  );
}

function Capacity({ state }: { state: ConsoleState }) {
  const speech = useSpeech();
  const mine = Object.values(state.conversations).filter(({ phase }) => phase === 'mine');
  const parked = mine.filter((conversation) => conversation.parked).length;
  const running = mine.length - parked;
  const n = running + state.offers.length;
  const full = state.capacity > 0 && n >= state.capacity;
  return (
    <span class={classes('capacity', full && 'capacity-full')} title={speech.words.capacityMeans}>
      <span class="capacity-bar" aria-hidden="true">
        {Array.from({ length: Math.min(state.capacity, 20) }, (_, i) => (
          <i key={i} class={i < running ? 'taken' : i < n ? 'offered' : ''} />
        ))}
      </span>
      {speech.say('capacity', { n, max: state.capacity })}
      {parked > 0 && <span class="capacity-parked"> {speech.say('capacityParked', { n: parked })}</span>}
    </span>
  );
}

function LinePill({ line, signedIn }: { line: Line; signedIn: boolean }) {
  const speech = useSpeech();
  const live = line.state === 'live';
  const text = live ? speech.words.live : signedIn ? speech.words.reconnecting : speech.words.connecting;
  return (
    <span
      class={classes('line', live ? 'line-live' : 'line-lost')}
      title={live ? speech.words.liveMeans : speech.words.reconnectingMeans}
      role="status"
    >
      <i />
      <span>{text}</span>
    </span>
  );
}

function SettingsMenu(props: Props & { open: boolean; setOpen(open: boolean): void }) {
  const { state, prefs, setPrefs, open, setOpen, openHelp, signOut } = props;
  const running = Object.values(state.conversations).filter(({ phase }) => phase === 'mine').length;
  const [sure, setSure] = useState(false); // the second press signs out although chats are running
  const speech = useSpeech();
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'denied'));
  const themes: { theme: Theme; name: Word }[] = [
    { theme: 'auto', name: 'themeAuto' },
    { theme: 'light', name: 'themeLight' },
    { theme: 'dark', name: 'themeDark' },
  ];
  return (
    <Menu
      open={open}
      setOpen={setOpen}
      button={<Icon name="gear" size={18} />}
      buttonClass="quiet"
      label={speech.words.settings}
      align="right"
    >
      <div class="settings">
        <fieldset>
          <legend>{speech.words.theme}</legend>
          {themes.map(({ theme, name }) => (
            <button type="button" key={theme} aria-pressed={prefs.theme === theme} onClick={() => setPrefs({ theme })}>
              {speech.words[name]}
            </button>
          ))}
        </fieldset>
        <fieldset>
          <legend>{speech.words.sound}</legend>
          {[true, false].map((sound) => (
            <button
              type="button"
              key={String(sound)}
              aria-pressed={prefs.sound === sound}
              onClick={() => setPrefs({ sound })}
            >
              {sound ? speech.words.soundOn : speech.words.soundOff}
            </button>
          ))}
        </fieldset>
        <fieldset>
          <legend>{speech.words.notify}</legend>
          <button
            type="button"
            aria-pressed={permission === 'granted'}
            disabled={permission !== 'default'}
            onClick={() => void Notification.requestPermission().then(setPermission)}
          >
            {permission === 'granted'
              ? speech.words.notifyOn
              : permission === 'default'
                ? speech.words.notifyAsk
                : speech.words.notifyBlocked}
          </button>
        </fieldset>
        <hr />
        <button
          type="button"
          class="settings-row"
          onClick={() => {
            setOpen(false);
            setPrefs({ language: prefs.language === 'zh' ? 'en' : 'zh' });
          }}
          aria-label={speech.words.languageLabel}
        >
          {speech.words.language}
        </button>
        <button
          type="button"
          class="settings-row"
          onClick={() => {
            setOpen(false);
            openHelp();
          }}
        >
          {speech.words.help} <Keys of="?" />
        </button>
        <button type="button" class="settings-row" onClick={() => (running === 0 || sure ? signOut() : setSure(true))}>
          {sure ? speech.say('signOutSure', { n: running }) : speech.words.signOut}
        </button>
      </div>
    </Menu>
  );
}
