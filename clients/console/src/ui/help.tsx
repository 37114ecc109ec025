// All keys, over the page.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Word } from '../words';
import { useSpeech } from './context';
import { Icon } from './icons';
import { Keys } from './marks';

export const keyGroups: { name: Word; keys: { of: string; also?: string; does: Word }[] }[] = [
  {
    name: 'helpChats',
    keys: [
      { of: 'Alt+N', does: 'keyNext' },
      { of: 'Alt+1', also: 'Alt+9', does: 'keySwitch' },
      { of: 'Alt+↑', also: 'Alt+↓', does: 'keyUpDown' },
      { of: 'Alt+I', does: 'keyDetails' },
      { of: 'Alt+X', does: 'keyClose' },
    ],
  },
  {
    name: 'helpWriting',
    keys: [
      { of: 'Alt+C', does: 'keyCompose' },
      { of: '/', also: 'Alt+Q', does: 'keyQuick' },
      { of: 'Enter', does: 'keySend' },
      { of: 'Shift+Enter', does: 'keyNewline' },
      { of: 'Esc', does: 'keyLeave' },
    ],
  },
  {
    name: 'helpOffers',
    keys: [
      { of: 'Alt+A', does: 'keyAccept' },
      { of: 'Alt+R', does: 'keyDecline' },
      { of: 'Alt+S', does: 'keyStatus' },
      { of: 'Alt+B', does: 'keyAvailable' },
      { of: '?', also: 'Alt+H', does: 'keyHelp' },
    ],
  },
];

export function Help({ close }: { close(): void }) {
  const speech = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label={speech.words.help}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <header>
        <div>
          <h2>{speech.words.help}</h2>
          <p>{speech.words.helpLead}</p>
        </div>
        <button type="button" class="quiet" aria-label={speech.words.closeHelp} onClick={close}>
          <Icon name="close" size={18} />
        </button>
      </header>
      <div class="help-groups">
        {keyGroups.map((group) => (
          <section key={group.name}>
            <h3>{speech.words[group.name]}</h3>
            <ul>
              {group.keys.map(({ of, also, does }) => (
                <li key={of}>
                  <span>{speech.words[does]}</span>
                  <span class="help-keys">
                    <Keys of={of} />
                    {also !== undefined && <Keys of={also} />}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </dialog>
  );
}
