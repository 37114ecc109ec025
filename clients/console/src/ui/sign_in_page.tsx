// Shop, agent, password; clear words when it does not work.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Account, SignInRefusal } from '../sign_in';
import { signIn } from '../sign_in';
import type { Speech } from '../words';
import { useSpeech } from './context';
import { Brand, Icon } from './icons';

interface Props {
  shop: string;
  agent: string;
  ended: string | undefined; // why the last session is over
  signedIn(account: Account): void;
  switchLanguage(): void;
}

export function SignInPage({ shop, agent, ended, signedIn, switchLanguage }: Props) {
  const speech = useSpeech();
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<SignInRefusal>();
  const [seen, setSeen] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const field = (name: string) => form.current?.elements.namedItem(name) as HTMLInputElement;

  useLayoutEffect(() => {
    const first = ['shop', 'agent', 'password'].find((name) => field(name).value === '') ?? 'password';
    field(first).focus();
  }, []);

  async function submit(event: Event) {
    event.preventDefault();
    if (asking) return;
    setAsking(true);
    setRefusal(undefined);
    const result = await signIn({
      shop: field('shop').value,
      agent: field('agent').value,
      password: field('password').value,
    });
    setAsking(false);
    if (result.kind === 'done') return signedIn(result.account);
    setRefusal(result);
    if (result.kind === 'refused') field('password').select();
  }

  return (
    <main class="sign-in">
      <form ref={form} class="sign-in-card" onSubmit={submit} noValidate>
        <header>
          <Brand size={40} />
          <div>
            <h1>Switchboard</h1>
            <p>{speech.words.app}</p>
          </div>
          <button type="button" class="quiet" onClick={switchLanguage} aria-label={speech.words.languageLabel}>
            {speech.words.language}
          </button>
        </header>
        <p class="lead">{speech.words.signInLead}</p>
        {ended !== undefined && refusal === undefined && (
          <p class="sign-in-note" role="status">
            <Icon name="warn" /> {ended}
          </p>
        )}
        <label>
          <span>{speech.words.shop}</span>
          <input
            name="shop"
            defaultValue={shop}
            autocomplete="organization"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        </label>
        <label>
          <span>{speech.words.agent}</span>
          <input
            name="agent"
            defaultValue={agent}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        </label>
        <label>
          <span>{speech.words.password}</span>
          <span class="with-button">
            <input
              name="password"
              type={(seen ? 'text' : 'password') as 'password'}
              autocomplete="current-password"
              required
            />
            <button
              type="button"
              class="quiet"
              aria-pressed={seen}
              aria-label={seen ? speech.words.hidePassword : speech.words.showPassword}
              title={seen ? speech.words.hidePassword : speech.words.showPassword}
              onClick={() => setSeen(!seen)}
            >
              <Icon name="eye" size={18} />
            </button>
          </span>
        </label>
        <p class="sign-in-error" role="alert">
          {refusal !== undefined && (
            <>
              <Icon name="warn" /> {refusalText(refusal, speech)}
            </>
          )}
        </p>
        <button type="submit" class="primary wide" disabled={asking}>
          {asking ? speech.words.signingIn : speech.words.signIn}
        </button>
      </form>
    </main>
  );
}

function refusalText(refusal: SignInRefusal, speech: Speech): string {
  switch (refusal.kind) {
    case 'missing':
      return speech.words.signInMissing;
    case 'refused':
      return speech.words.signInRefused;
    case 'too_many':
      return speech.say('signInTooMany', { time: speech.duration(refusal.retryAfterMs) });
    case 'unreachable':
      return speech.words.signInUnreachable;
    case 'server':
      return speech.words.signInServer;
  }
}

// Why the server ended the session, by close code.
export function endedText(code: number, speech: Speech): string {
  switch (code) {
    case 4004:
      return speech.words.sessionElsewhere;
    case 4005:
    case 4500:
      return speech.words.sessionOver;
    case 4501:
      return speech.words.sessionReplaced;
    case 4502:
      return speech.words.sessionBlocked;
    case 4503:
      return speech.words.sessionVersion;
    case 4504:
      return speech.words.sessionShop;
    default:
      return speech.say('sessionEnded', { code });
  }
}
