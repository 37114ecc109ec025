// A persona's colour comes from the shop and may be anything: what is drawn with it must stay readable.

type Rgb = [number, number, number];
const FALLBACK = '#8a2f52';

/** Relative luminance, WCAG 2.2. */
export function luminance([r, g, b]: Rgb): number {
  const linear = (value: number) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

export function parse(color: string): Rgb {
  const hex = /^#[0-9a-f]{6}$/i.test(color) ? color : FALLBACK;
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return a.map((value, i) => Math.round(value + (b[i]! - value) * share)) as Rgb;
}
const css = (rgb: Rgb) => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const NIGHT: Rgb = [27, 22, 25];

/** `fill`: white text is readable on it. `ink`: readable as text on a light surface, also a tinted one. `inkNight`: on a dark one. */
export function accents(color: string): { fill: string; ink: string; inkNight: string } {
  const base = parse(color);
  const until = (good: (rgb: Rgb) => boolean, towards: Rgb): string => {
    for (let share = 0; share < 1; share += 0.04) {
      const candidate = mix(base, towards, share);
      if (good(candidate)) return css(candidate);
    }
    return css(towards);
  };
  return {
    fill: until((rgb) => contrast(rgb, WHITE) >= 4.5, BLACK),
    ink: until((rgb) => contrast(rgb, WHITE) >= 6.2, BLACK),
    inkNight: until((rgb) => contrast(rgb, NIGHT) >= 8, WHITE),
  };
}

/** For a style attribute: everything inside takes the persona's colours from these. */
export function accentStyle(color: string | undefined): Record<string, string> {
  const { fill, ink, inkNight } = accents(color || FALLBACK);
  return { '--accent': fill, '--accent-ink-day': ink, '--accent-ink-night': inkNight };
}
