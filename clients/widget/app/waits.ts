// Availability in words: what stands on a card, what a choice costs.
import type { Availability } from '../../link';
import { waitText } from './format';
import type { Words } from './words';

export interface Wait {
  tone: 'free' | 'soon' | 'off' | 'unknown';
  /** On the card: "2 free", "about 40 s", "off duty". */
  text: string;
  /** As a price: "right away", "40 s", "off duty". */
  cost: string;
}

export function personaWait(availability: Availability | undefined, persona: string, words: Words): Wait {
  const known = availability?.personas.find((each) => each.persona === persona);
  if (!known) return { tone: 'unknown', text: ' ', cost: '–' };
  if (known.onShift === 0) return { tone: 'off', text: words.offDuty, cost: words.offDuty };
  return waiting(known.free, known.etaP50Ms, words);
}

export function anyoneWait(availability: Availability | undefined, words: Words): Wait {
  if (!availability) return { tone: 'unknown', text: ' ', cost: '–' };
  if (!availability.open) return { tone: 'off', text: words.offDuty, cost: words.offDuty };
  return waiting(availability.free, availability.etaP50Ms, words);
}

function waiting(free: number, etaMs: number, words: Words): Wait {
  if (free > 0) return { tone: 'free', text: words.freeNow(free), cost: words.rightAway };
  if (etaMs === 0) return { tone: 'soon', text: words.busy, cost: words.busy };
  const eta = waitText(etaMs, words);
  return { tone: 'soon', text: words.about(eta), cost: eta };
}
