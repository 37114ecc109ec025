// How the widget puts things: times, waits, links, colours.
import { describe, expect, it } from 'vitest';
import { accents, contrast, parse } from '../app/colors';
import { dayText, queueText, timeText, waitText } from '../app/format';
import { linkify } from '../app/linkify';
import { anyoneWait, personaWait } from '../app/waits';
import { shopText, toLanguage, wordsIn } from '../app/words';
import { create } from '@bufbuild/protobuf';
import { AvailabilitySchema } from '../../link';

const en = wordsIn('en');
const zh = wordsIn('zh');

describe('a wait', () => {
  it('is as coarse as it is known', () => {
    expect([3_000, 12_000, 44_000, 88_000, 100_000, 600_000, 7_200_000].map((ms) => waitText(ms, en))).toEqual([
      'a few seconds', '10 s', '40 s', '90 s', '2 min', '10 min', '2 hours',
    ]);
  });

  it('in the queue is a range, or one figure, or honestly unknown', () => {
    expect(queueText(30_000, 120_000, en)).toBe('probably 30 s to 2 min');
    expect(queueText(30_000, 31_000, en)).toBe('probably about 30 s');
    expect(queueText(0, 0, en)).toBe(en.etaUnknown);
    expect(queueText(40_000, 0, zh)).toBe('大约 40 秒');
  });

  it('is said per choice: free now, soon, all busy, off duty', () => {
    const availability = create(AvailabilitySchema, {
      open: true, free: 0, etaP50Ms: 20_000,
      personas: [
        { persona: 'a', free: 2, onShift: 3 },
        { persona: 'b', free: 0, onShift: 1, etaP50Ms: 180_000 },
        { persona: 'c', free: 0, onShift: 1 },
        { persona: 'd', free: 0, onShift: 0 },
      ],
    });
    expect(['a', 'b', 'c', 'd'].map((persona) => personaWait(availability, persona, en).text)).toEqual([
      '2 free', 'about 3 min', 'all busy', 'off duty',
    ]);
    expect(personaWait(availability, 'a', en).cost).toBe('right away');
    expect(anyoneWait(availability, en).cost).toBe('20 s');
    expect(anyoneWait(create(AvailabilitySchema, { open: false }), en).tone).toBe('off');
  });
});

describe('a day and a time', () => {
  const now = new Date(2026, 5, 15, 12).getTime();
  it('are today, yesterday, or a date', () => {
    expect(dayText(now - 3_600_000, now, 'en', en)).toBe('Today');
    expect(dayText(now - 24 * 3_600_000, now, 'zh', zh)).toBe('昨天');
    expect(dayText(now - 72 * 3_600_000, now, 'en', en)).toContain('12');
    expect(timeText(now, 'en')).toBe('12:00');
  });
});

describe('links', () => {
  const hrefs = (text: string) => linkify(text).flatMap(({ href }) => href ?? []);
  it('are made of http and https alone', () => {
    expect(hrefs('see https://a.example/x?y=1 and http://b.example')).toEqual(['https://a.example/x?y=1', 'http://b.example/']);
    for (const text of ['javascript:alert(1)', 'data:text/html,x', 'ftp://x', 'vbscript:x', '//x.example', 'www.x.example', 'https://']) {
      expect(hrefs(text), text).toEqual([]);
    }
  });

  it('leave the punctuation of the sentence outside, in both scripts', () => {
    expect(linkify('Look (https://a.example/b).').map(({ text }) => text)).toEqual(['Look (', 'https://a.example/b', ').']);
    expect(linkify('看https://a.example/b，好吗').map(({ text }) => text)).toEqual(['看', 'https://a.example/b', '，好吗']);
  });

  it('change no letter of what was written', () => {
    for (const text of ['<img src=x onerror=alert(1)>', 'a https://x.example/"><script>1</script> b', '', 'https://x.example.']) {
      expect(linkify(text).map((piece) => piece.text).join('')).toBe(text);
    }
  });
});

describe("a persona's colour", () => {
  it('stays readable, whatever the shop chose', () => {
    for (const color of ['#ffffff', '#ffff00', '#000000', '#3f9c7a', '#b76e8f', 'red', '', '#12']) {
      const { fill, ink, inkNight } = accents(color);
      expect(contrast(parse(fill), [255, 255, 255])).toBeGreaterThanOrEqual(4.5);
      expect(contrast(parse(ink), [255, 255, 255])).toBeGreaterThanOrEqual(6);
      expect(contrast(parse(inkNight), [27, 22, 25])).toBeGreaterThanOrEqual(7.8);
    }
  });
});

describe('languages', () => {
  it('are Chinese or English, and a shop that lacks one is read in the other', () => {
    expect(['zh-CN', 'zh-Hant', 'en-GB', 'fr', ''].map(toLanguage)).toEqual(['zh', 'zh', 'en', 'en', 'en']);
    expect(shopText({ zh: '甲' }, 'en')).toBe('甲');
    expect(shopText({ zh: '甲', en: 'A' }, 'en')).toBe('A');
    expect(shopText(undefined, 'en')).toBe('');
  });

  it('have the same words', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });
});
