// The chat in its frame: reads what the loader said, builds the link, renders.
import { render } from 'preact';
import { Link } from '../../link';
import {
  browserEnvironment,
  lendStorage,
  localOutgoingStore,
  localTokenStore,
  storageIsForbidden,
  tabDevice,
  watchNetwork,
  webSocketDial,
  webSocketUrl,
} from '../../link/browser';
import { App } from './App';
import { Chat } from './chat';
import { Frame } from './frame';

const settings = new URLSearchParams(location.search);
const shop = settings.get('shop') ?? 'demo';
const storage = `switchboard.${shop}`;
const frame = new Frame(settings.get('host') ?? '');
if (storageIsForbidden) {
  const kept = await frame.borrowStorage();
  if (kept) lendStorage(kept, (kind, key, value) => frame.keep(kind, key, value));
}
const device = await tabDevice(storage);
const language = settings.get('language') || navigator.language;
const tokens = localTokenStore(`${storage}.token`);
const link = new Link({
  shop,
  device,
  client: 'widget/0.1.0',
  language: language.startsWith('zh') ? 'zh' : 'en',
  name: (settings.get('name') ?? '').slice(0, 40),
  dial: webSocketDial(webSocketUrl(location.origin)),
  environment: browserEnvironment,
  tokens,
  outgoing: localOutgoingStore(storage, device),
});

const chat = new Chat({ link, frame, storage, tokens, language, skill: settings.get('skill') ?? '' });
watchNetwork(link);
render(<App chat={chat} />, document.getElementById('app')!);
link.start();
frame.ready();
