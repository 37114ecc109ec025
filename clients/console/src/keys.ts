// Which keys do what. Alt with the key's place on the keyboard (`code`), because macOS and input methods change its letter.

export type Command =
  | { do: 'next_waiting' | 'up' | 'down' | 'compose' | 'close' | 'details' | 'quick' }
  | { do: 'accept' | 'decline' | 'status' | 'toggle_break' | 'help' | 'escape' }
  | { do: 'switch'; place: number };

export interface KeyPress {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
}

const withAlt: Record<string, Command> = {
  KeyN: { do: 'next_waiting' },
  ArrowUp: { do: 'up' },
  ArrowDown: { do: 'down' },
  KeyC: { do: 'compose' },
  KeyX: { do: 'close' },
  KeyI: { do: 'details' },
  KeyQ: { do: 'quick' },
  KeyA: { do: 'accept' },
  KeyR: { do: 'decline' },
  KeyS: { do: 'status' },
  KeyB: { do: 'toggle_break' },
  KeyH: { do: 'help' },
};

// `writing`: the press goes into a text box, where letters are text.
export function commandOf(press: KeyPress, writing: boolean): Command | undefined {
  if (press.isComposing) return undefined;
  if (press.key === 'Escape') return { do: 'escape' };
  if (press.altKey && !press.ctrlKey && !press.metaKey) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(press.code)?.[1];
    return digit === undefined ? withAlt[press.code] : { do: 'switch', place: Number(digit) - 1 };
  }
  if (writing || press.ctrlKey || press.metaKey) return undefined;
  if (press.key === '?' || press.key === '？') return { do: 'help' };
  if (press.key === '/' || press.key === '／' || press.key === '、') return { do: 'quick' };
  return undefined;
}
