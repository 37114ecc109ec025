// Starts the page: the browser's side of every dependency is named here and nowhere else.
import { render } from 'preact';
import {
  browserEnvironment,
  localKeys,
  localOutgoingStore,
  sessionKeys,
  tabDevice,
  watchNetwork,
  webSocketDial,
  webSocketUrl,
} from '../../link/browser';
import { Link } from '../../link/index';
import { Drafts } from './drafts';
import { showIcon } from './notifier';
import type { Account } from './sign_in';
import './styles/base.css';
import './styles/sign_in.css';
import './styles/bar.css';
import './styles/side.css';
import './styles/pane.css';
import './styles/card.css';
import './styles/decisions.css';
import { App } from './ui/app';
import { Workplace } from './workplace';

async function open(account: Account, language: string, tokenChanged: (token: string) => void): Promise<Workplace> {
  const owner = `${account.shop}.${account.agent}`;
  const app = `switchboard.console.${owner}`;
  const device = await tabDevice(app);
  let { token } = account;
  const link = new Link({
    shop: account.shop,
    device,
    client: 'console/1',
    language,
    dial: webSocketDial(webSocketUrl(location.origin)),
    environment: browserEnvironment,
    tokens: {
      get: () => token,
      set: (next) => {
        token = next;
        tokenChanged(next);
      },
    },
    outgoing: localOutgoingStore(app, device),
  });
  return new Workplace(link, browserEnvironment, new Drafts(sessionKeys, owner), watchNetwork(link));
}

showIcon(false);
const root = document.getElementById('app');
if (root !== null) render(<App local={localKeys} session={sessionKeys} open={open} />, root);
