// Puts values into a quick reply and the reply into the draft. Pure.
import type { Slash } from './match';

export interface Values {
  visitor: string;
  agent: string;
}

// {visitor} and {agent} are filled in; {visitor|dear} names what stands there when the value is not known. Anything else in
// braces is the shop's own text and stays.
export function fill(text: string, values: Values, fallbacks: Values): string {
  return text.replace(/\{(visitor|agent)(?:\|([^{}]*))?\}/g, (_, name: keyof Values, fallback: string | undefined) => {
    return values[name].trim() || (fallback ?? fallbacks[name]);
  });
}

// The draft with the reply in place of the slash, and where the caret then stands.
export function insert(draft: string, slash: Slash, reply: string): { text: string; caret: number } {
  const text = draft.slice(0, slash.start) + reply + draft.slice(slash.end);
  return { text, caret: slash.start + reply.length };
}
