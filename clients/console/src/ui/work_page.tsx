// The signed-in page: bar, banners, offers and list, one conversation, card; and the keyboard over all of it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Command, commandOf } from '../keys';
import type { Prefs } from '../prefs';
import { Banners } from './banners';
import { Card } from './card';
import { focusBox, openQuick } from './composer';
import { classes, useConsoleState, useWorkplace } from './context';
import { Decisions } from './decisions';
import { ConversationPane, NothingChosen } from './conversation_pane';
import { Help } from './help';
import { List } from './list';
import { Notices } from './notices';
import { Offers } from './offers';
import { type OpenMenu, TopBar } from './top_bar';

interface Props {
  prefs: Prefs;
  setPrefs(change: Partial<Prefs>): void;
  signOut(): void;
}

export function WorkPage({ prefs, setPrefs, signOut }: Props) {
  const workplace = useWorkplace();
  const state = useConsoleState(workplace);
  const [menu, setMenu] = useState<OpenMenu>();
  const [help, setHelp] = useState(false);
  const [details, setDetails] = useState(false);
  const [decisionsWanted, openDecisions] = useState(false);
  const [declining, setDeclining] = useState<string>();
  const [armed, setArmed] = useState<string>(); // the conversation whose end awaits the second press
  const decisionsOpen = decisionsWanted && state.supervisor;
  const conversation = state.selected === undefined ? undefined : state.conversations[state.selected];

  const obey = (command: Command) => {
    const offer = workplace.state.offers.find(({ answering }) => answering === undefined);
    const { selected, status } = workplace.state;
    switch (command.do) {
      case 'next_waiting':
        return workplace.selectLongestWaiting();
      case 'up':
        return workplace.selectNeighbour(-1);
      case 'down':
        return workplace.selectNeighbour(1);
      case 'switch':
        return workplace.selectAt(command.place);
      case 'compose':
        return window.dispatchEvent(new Event(focusBox));
      case 'quick':
        return window.dispatchEvent(new Event(openQuick));
      case 'details':
        return setDetails(!details);
      case 'close':
        if (selected === undefined || workplace.state.conversations[selected]?.phase !== 'mine') return;
        setArmed(armed === selected ? undefined : selected);
        if (armed === selected) void workplace.close(selected);
        return;
      case 'accept':
        return offer !== undefined && void workplace.accept(offer);
      case 'decline':
        return offer !== undefined && setDeclining(offer.conversation);
      case 'status':
        return setMenu('status');
      case 'toggle_break':
        return void workplace.setStatus(
          status === 'available' ? 'break' : 'available',
          status === 'available' ? 'rest' : '',
        );
      case 'help':
        return setHelp(!help);
      case 'escape':
        return leave();
    }
  };

  // One step out: what is open over the page first, then the box, on a narrow page the conversation.
  const leave = () => {
    if (decisionsOpen) return openDecisions(false);
    if (armed !== undefined) return setArmed(undefined);
    if (declining !== undefined) return setDeclining(undefined);
    if (details) return setDetails(false);
    const active = document.activeElement;
    if (active instanceof HTMLTextAreaElement) return active.blur();
    if (matchMedia('(max-width: 759px)').matches) workplace.select(undefined);
  };

  const obeyNow = useRef(obey);
  obeyNow.current = obey;
  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const command = commandOf(event, target.matches?.('input, textarea, [contenteditable]') ?? false);
      if (command === undefined) return typeInto(event, target);
      if (document.querySelector('dialog[open]') !== null && command.do !== 'help') return;
      if (command.do !== 'escape') event.preventDefault();
      obeyNow.current(command);
    };
    document.addEventListener('keydown', keyDown);
    return () => document.removeEventListener('keydown', keyDown);
  }, []);

  return (
    <div class={classes('work', conversation !== undefined && 'work-chat', details && 'work-details')}>
      <TopBar
        state={state}
        prefs={prefs}
        setPrefs={setPrefs}
        menu={menu}
        setMenu={setMenu}
        openHelp={() => setHelp(true)}
        decisionsOpen={decisionsOpen}
        openDecisions={openDecisions}
        signOut={signOut}
      />
      <Banners state={state} />
      {decisionsOpen && <Decisions shop={state.shop} close={() => openDecisions(false)} />}
      <main inert={decisionsOpen}>
        <div class="side">
          <Offers state={state} declining={declining} setDeclining={setDeclining} />
          <List state={state} />
        </div>
        {conversation === undefined ? (
          <NothingChosen state={state} />
        ) : (
          <ConversationPane
            state={state}
            conversation={conversation}
            closeArmed={armed === conversation.id}
            setCloseArmed={(on) => setArmed(on ? conversation.id : undefined)}
            openDetails={() => setDetails(!details)}
          />
        )}
        <Card state={state} conversation={conversation} close={() => setDetails(false)} />
      </main>
      <Notices state={state} />
      {help && <Help close={() => setHelp(false)} />}
    </div>
  );
}

// A letter typed anywhere goes into the box: nobody loses the beginning of a sentence to a missing click.
function typeInto(event: KeyboardEvent, target: HTMLElement): void {
  const isLetter = event.key.length === 1 && event.key !== ' ' && !event.altKey && !event.ctrlKey && !event.metaKey;
  if (isLetter && !target.matches('input, textarea, .menu *, .offer-reasons *, dialog *'))
    window.dispatchEvent(new Event(focusBox));
}
