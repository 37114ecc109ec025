// Times as people say them.
import type { Language, Words } from './words';

/** A wait, rounded as coarsely as it is known: "a few seconds", "40 s", "3 min". */
export function waitText(ms: number, words: Words): string {
  const seconds = ms / 1000;
  if (seconds < 8) return words.fewSeconds;
  if (seconds < 90) return words.seconds(Math.max(10, Math.round(seconds / 10) * 10));
  if (seconds < 90 * 60) return words.minutes(Math.round(seconds / 60));
  return words.hours(Math.round(seconds / 3600));
}

/** From the median and the 90th percentile of the wait; 0 is "not known". */
export function queueText(p50Ms: number, p90Ms: number, words: Words): string {
  if (p50Ms === 0 && p90Ms === 0) return words.etaUnknown;
  const from = waitText(Math.min(p50Ms, p90Ms || p50Ms), words);
  const to = waitText(Math.max(p50Ms, p90Ms), words);
  return from === to ? words.etaAbout(from) : words.etaBetween(from, to);
}

const locale = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en-GB');

export function timeText(timeMs: number, language: Language): string {
  return new Intl.DateTimeFormat(locale(language), { hour: '2-digit', minute: '2-digit', hour12: false }).format(timeMs);
}

export function dayText(timeMs: number, nowMs: number, language: Language, words: Words): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(timeMs)) / 86_400_000);
  if (days <= 0) return words.today;
  if (days === 1) return words.yesterday;
  const options: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long' };
  return new Intl.DateTimeFormat(locale(language), options).format(timeMs);
}

export function startOfDay(timeMs: number): number {
  return new Date(timeMs).setHours(0, 0, 0, 0);
}
