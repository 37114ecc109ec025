// The table of the shop's latest decisions: looked at every few seconds from its top, and further down when somebody asks.
import type { Decision } from './types';

export interface LatestDecisions {
  readonly rows: readonly Decision[]; // the newest first, none left out in between
  readonly hasOlder: boolean;
}

/** What is known after a look at the top. `full`: it brought as many as it may. */
export function withNewer(known: LatestDecisions | undefined, found: readonly Decision[], full: boolean): LatestDecisions {
  const ids = new Set(known?.rows.map(({ id }) => id));
  const meets = found.some(({ id }) => ids.has(id));
  // More came than one look shows: what lies between is not known, so the table begins anew.
  if (known === undefined || !meets) return { rows: found, hasOlder: full };
  return { rows: merged(known.rows, found), hasOlder: known.hasOlder };
}

/** What is known after a look at what comes behind the last row. */
export function withOlder(known: LatestDecisions, found: readonly Decision[], full: boolean): LatestDecisions {
  return { rows: merged(known.rows, found), hasOlder: full };
}

function merged(known: readonly Decision[], found: readonly Decision[]): readonly Decision[] {
  const ids = new Set(found.map(({ id }) => id));
  const place = ({ id }: Decision) => Number(id.slice(id.indexOf('-') + 1));
  return [...found, ...known.filter(({ id }) => !ids.has(id))].sort((a, b) => place(b) - place(a));
}
