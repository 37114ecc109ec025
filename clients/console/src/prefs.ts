// What the agent set for herself on this machine.
import type { Language } from './words';

export type Theme = 'auto' | 'light' | 'dark';

export interface Prefs {
  language: Language;
  theme: Theme;
  sound: boolean;
  shop: string; // of the last sign-in
  agent: string;
}

type Keys = Pick<Storage, 'getItem' | 'setItem'>;
const prefsKey = 'switchboard.console.prefs';

export function loadPrefs(keys: Keys, browserLanguage: string): Prefs {
  const defaults: Prefs = {
    language: browserLanguage.toLowerCase().startsWith('zh') ? 'zh' : 'en',
    theme: 'auto',
    sound: true,
    shop: '',
    agent: '',
  };
  try {
    const kept = (JSON.parse(keys.getItem(prefsKey) ?? '{}') ?? {}) as Partial<Prefs>;
    return {
      language: kept.language === 'zh' || kept.language === 'en' ? kept.language : defaults.language,
      theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'auto',
      sound: kept.sound !== false,
      shop: typeof kept.shop === 'string' ? kept.shop : '',
      agent: typeof kept.agent === 'string' ? kept.agent : '',
    };
  } catch {
    return defaults;
  }
}

export function keepPrefs(keys: Keys, prefs: Prefs): void {
  try {
    keys.setItem(prefsKey, JSON.stringify(prefs));
  } catch {
    // No storage: they hold until the page is left.
  }
}
