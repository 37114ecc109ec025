// Small signs that stand beside a name: face, tier, wish, returning, waiting clock.
import type { Conversation, ShopInfo, Wish } from '../model/types';
import { level, waitingSince } from '../model/wait';
import { clock } from '../words';
import { classes, useNow, useSpeech } from './context';
import { Icon } from './icons';

// A calm colour that stays the same for a person, and the first character of her name.
export function Face({
  name,
  id,
  size = 36,
  color,
}: {
  name: string;
  id: string;
  size?: number;
  color?: string | undefined;
}) {
  let hash = 7;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 360;
  const hue = Math.round((hash * 137.5) % 360); // neighbours in the hash are far apart on the wheel
  const style =
    color === undefined
      ? `--hue:${hue};width:${size}px;height:${size}px`
      : `--own:${color};width:${size}px;height:${size}px`;
  return (
    <span class={classes('face', color !== undefined && 'face-own')} style={style} aria-hidden="true">
      {[...name.trim()][0]?.toLocaleUpperCase() ?? '·'}
    </span>
  );
}

export function Tier({ tier }: { tier: number }) {
  const speech = useSpeech();
  return tier > 0 ? <span class="tier">{speech.say('tier', { n: tier })}</span> : null;
}

export function Returning({ words = false }: { words?: boolean }) {
  const text = useSpeech().words.returning;
  return (
    <span class="returning" title={text}>
      <Icon name="returning" size={13} />
      <span class={words ? undefined : 'unseen'}>{text}</span>
    </span>
  );
}

// She has left the answer without one for long, so her chat takes only a part of a place.
export function Parked({ words = false }: { words?: boolean }) {
  const { words: text } = useSpeech();
  return (
    <span class="parked" title={text.parkedMeans}>
      <Icon name="parked" size={12} />
      <span class={words ? undefined : 'unseen'}>{text.parked}</span>
    </span>
  );
}

export function personaColor(shop: ShopInfo, persona: string): string {
  const color = shop.personas[persona]?.color ?? '';
  return /^#[0-9a-f]{6}$/i.test(color) ? color : 'var(--ink-3)';
}

// Filled: only this persona will do. Outlined: preferred. Nothing for anyone, unless asked.
export function WishMark({ wish, shop, words = false }: { wish: Wish; shop: ShopInfo; words?: boolean }) {
  const speech = useSpeech();
  if (wish.mode === 'any') return words ? <span class="wish">{speech.words.wishAny}</span> : null;
  const name = speech.nameOf(shop.personas[wish.persona]?.names, wish.persona);
  const how = wish.mode === 'strict' ? speech.words.wishStrict : speech.words.wishPrefer;
  return (
    <span
      class={classes('wish', `wish-${wish.mode}`)}
      style={`--persona:${personaColor(shop, wish.persona)}`}
      title={`${how} ${name}`}
    >
      <i />
      <span class={words ? 'wish-how' : 'unseen'}>{how} </span>
      {name}
    </span>
  );
}

// Runs as long as the visitor waits for an answer: amber at 100 s, red at 150 s.
export function WaitClock({ conversation, serverAhead }: { conversation: Conversation; serverAhead: number }) {
  const speech = useSpeech();
  const now = useNow();
  const since = waitingSince(conversation);
  if (since === undefined) return null;
  const waited = Math.max(0, now + serverAhead - since);
  const text = clock(waited);
  return (
    <span class={classes('wait', `wait-${level(waited)}`)} title={speech.say('waitsFor', { time: text })}>
      <Icon name="clock" size={12} />
      {text}
    </span>
  );
}

export function Keys({ of }: { of: string }) {
  return (
    <kbd class="keys">
      {of.split('+').map((key) => (
        <span key={key}>{key}</span>
      ))}
    </kbd>
  );
}
