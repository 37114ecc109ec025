// The console's texts in the agent's language, with values put in, and how times and names read in it.
import { en, type Words } from './en';
import { zh } from './zh';

export type Language = 'zh' | 'en';
export type { Words };
// The keys whose value is a text.
export type Word = { [K in keyof Words]: Words[K] extends string ? K : never }[keyof Words];

export const words: Record<Language, Words> = { en, zh };

export class Speech {
  readonly words: Words;
  private readonly clockFormat: Intl.DateTimeFormat;
  private readonly secondsFormat: Intl.DateTimeFormat;
  private readonly dayFormat: Intl.DateTimeFormat;

  constructor(readonly language: Language) {
    this.words = words[language];
    const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
    this.clockFormat = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    this.secondsFormat = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' });
    this.dayFormat = new Intl.DateTimeFormat(locale, { month: 'long', day: 'numeric', weekday: 'short' });
  }

  say(word: Word, values: Record<string, string | number> = {}): string {
    return format(this.words[word], values);
  }

  // 14:05, or 14:05:09
  time(ms: number, seconds = false): string {
    return (seconds ? this.secondsFormat : this.clockFormat).format(ms);
  }

  day(ms: number, now: number): string {
    const days = Math.round((startOfDay(now) - startOfDay(ms)) / 86_400_000);
    if (days === 0) return this.words.today;
    return days === 1 ? this.words.yesterday : this.dayFormat.format(ms);
  }

  // "45 s", "3 min"
  duration(ms: number): string {
    const seconds = Math.max(0, Math.round(ms / 1000));
    return seconds < 90 ? this.say('seconds', { n: seconds }) : this.say('minutes', { n: Math.round(seconds / 60) });
  }

  // A shop's own name for a thing, in this language or the best other one.
  nameOf(names: Record<string, string> | undefined, id: string): string {
    return names?.[this.language] || names?.en || Object.values(names ?? {})[0] || id;
  }

  visitorName(visitor: { name: string; id: string }): string {
    return visitor.name.trim() || this.say('visitorNameless', { id: visitor.id.slice(-4) });
  }
}

export function format(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

// 0:45, 12:05, 1:02:05
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}
