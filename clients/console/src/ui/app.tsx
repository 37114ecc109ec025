// Signed out or signed in; the agent's settings; what reaches her when she looks elsewhere.
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { Notifier } from '../notifier';
import { type Prefs, keepPrefs, loadPrefs } from '../prefs';
import { type Account, keepAccount, loadAccount } from '../sign_in';
import { Speech } from '../words';
import type { Workplace } from '../workplace';
import { SpeechContext, WorkplaceContext } from './context';
import { endedText, SignInPage } from './sign_in_page';
import { WorkPage } from './work_page';

type Keys = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

interface Props {
  local: Keys;
  session: Keys;
  open(account: Account, language: string, tokenChanged: (token: string) => void): Promise<Workplace>;
}

// Closed because too many windows are open: the account is still good.
const tooManyWindows = 4004;

export function App({ local, session, open }: Props) {
  const [prefs, setAllPrefs] = useState(() => loadPrefs(local, navigator.language));
  const [account, setAccount] = useState(() => loadAccount(session));
  const [ended, setEnded] = useState<number>();
  const [workplace, setWorkplace] = useState<Workplace>();
  const speech = useMemo(() => new Speech(prefs.language), [prefs.language]);

  useEffect(() => workplace?.speak(prefs.language), [workplace, prefs.language]);

  const setPrefs = (change: Partial<Prefs>) => {
    const next = { ...prefs, ...change };
    keepPrefs(local, next);
    setAllPrefs(next);
  };
  const enter = (signedIn: Account) => {
    setPrefs({ shop: signedIn.shop, agent: signedIn.agent });
    keepAccount(session, signedIn);
    setEnded(undefined);
    setAccount(signedIn);
  };
  const leave = (code?: number) => {
    if (code !== tooManyWindows) keepAccount(session, undefined);
    setEnded(code);
    setAccount(undefined);
  };

  useEffect(() => {
    if (account === undefined) return;
    let place: Workplace | undefined;
    let left = false;
    void open(account, prefs.language, (token) => keepAccount(session, { ...account, token })).then((opened) => {
      if (left) return opened.stop();
      place = opened;
      opened.subscribe(({ line }) => line.state === 'ended' && leave(line.code));
      opened.start();
      setWorkplace(opened);
    });
    return () => {
      left = true;
      place?.stop();
      setWorkplace(undefined);
    };
  }, [account]);

  useLayoutEffect(() => {
    document.documentElement.lang = prefs.language === 'zh' ? 'zh-CN' : 'en';
    if (prefs.theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = prefs.theme;
  }, [prefs.language, prefs.theme]);

  useEffect(() => {
    if (workplace === undefined) {
      document.title = `${speech.words.signIn} · Switchboard`;
      return;
    }
    const notifier = new Notifier(workplace, speech, prefs.sound);
    return () => notifier.stop();
  }, [workplace, speech, prefs.sound]);

  const kept = ended === tooManyWindows ? loadAccount(session) : undefined;
  return (
    <SpeechContext.Provider value={speech}>
      {account === undefined && kept !== undefined ? (
        <main class="sign-in">
          <div class="sign-in-card">
            <p>{endedText(tooManyWindows, speech)}</p>
            <button type="button" class="primary wide" onClick={() => enter(kept)}>
              {speech.words.continueHere}
            </button>
          </div>
        </main>
      ) : account === undefined ? (
        <SignInPage
          shop={new URLSearchParams(location.search).get('shop') ?? (prefs.shop || 'demo')}
          agent={prefs.agent}
          ended={ended === undefined ? undefined : endedText(ended, speech)}
          signedIn={enter}
          switchLanguage={() => setPrefs({ language: prefs.language === 'zh' ? 'en' : 'zh' })}
        />
      ) : (
        workplace !== undefined && (
          <WorkplaceContext.Provider value={workplace}>
            <WorkPage prefs={prefs} setPrefs={setPrefs} signOut={() => void workplace.leave().then(() => leave())} />
          </WorkplaceContext.Provider>
        )
      )}
    </SpeechContext.Provider>
  );
}
