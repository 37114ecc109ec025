// Shows which keys do what, and that letters stay letters in a text box.
import { describe, expect, it } from 'vitest';
import { commandOf } from './keys';

const press = (facts: object) => ({
  key: '',
  code: '',
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  ...facts,
});

describe('commandOf', () => {
  it('takes Alt with the place of the key, whatever letter the system makes of it', () => {
    expect(commandOf(press({ altKey: true, key: '˜', code: 'KeyN' }), true)).toEqual({ do: 'next_waiting' });
    expect(commandOf(press({ altKey: true, key: '¡', code: 'Digit1' }), true)).toEqual({ do: 'switch', place: 0 });
    expect(commandOf(press({ altKey: true, key: '9', code: 'Numpad9' }), false)).toEqual({ do: 'switch', place: 8 });
    expect(commandOf(press({ altKey: true, code: 'Digit0' }), false)).toBeUndefined();
  });

  it('leaves AltGr, Ctrl and the command key to the system', () => {
    expect(commandOf(press({ altKey: true, ctrlKey: true, code: 'KeyQ' }), true)).toBeUndefined();
    expect(commandOf(press({ metaKey: true, key: '?' }), false)).toBeUndefined();
  });

  it('takes ? and / only outside of text boxes', () => {
    expect(commandOf(press({ key: '?' }), false)).toEqual({ do: 'help' });
    expect(commandOf(press({ key: '/' }), false)).toEqual({ do: 'quick' });
    expect(commandOf(press({ key: '?' }), true)).toBeUndefined();
    expect(commandOf(press({ key: '/' }), true)).toBeUndefined();
  });

  it('does nothing while an input method composes', () => {
    expect(commandOf(press({ key: 'Escape', isComposing: true }), true)).toBeUndefined();
    expect(commandOf(press({ altKey: true, code: 'KeyN', isComposing: true }), true)).toBeUndefined();
    expect(commandOf(press({ key: 'Escape' }), true)).toEqual({ do: 'escape' });
  });
});
