// Shows where a slash opens the quick replies, which of them fit a query, and how one is put into a draft.
import { describe, expect, it } from 'vitest';
import { fill, insert } from './fill';
import { findSlash, matchReplies, type Reply } from './match';

describe('findSlash', () => {
  const at = (text: string) => findSlash(text, text.length)?.query;

  it('opens at the start, after a blank, a line break, punctuation and CJK text', () => {
    expect(at('/')).toBe('');
    expect(at('/shi')).toBe('shi');
    expect(at('hello /shi')).toBe('shi');
    expect(at('hello\n/shi')).toBe('shi');
    expect(at('Sure. Look:./w')).toBe('w');
    expect(at('亲，稍等/发货')).toBe('发货');
    expect(at('亲，/')).toBe('');
  });

  it('stays closed inside words, fractions and addresses', () => {
    expect(at('and/or')).toBeUndefined();
    expect(at('1/2')).toBeUndefined();
    expect(at('https://shop')).toBeUndefined();
    expect(at('https:/')).toBeUndefined();
    expect(at('／a/b')).toBeUndefined();
  });

  it('takes the full-width slash, and the enumeration mark only where no enumeration can be meant', () => {
    expect(at('／欢迎')).toBe('欢迎');
    expect(at('、欢迎')).toBe('欢迎');
    expect(at('好的 、欢迎')).toBe('欢迎');
    expect(at('红色、蓝色')).toBeUndefined();
  });

  it('looks only at what stands before the caret, and not across blanks', () => {
    expect(findSlash('/welcome and more', 4)).toEqual({ start: 0, end: 4, query: 'wel' });
    expect(findSlash('/welcome and', 12)).toBeUndefined();
    expect(findSlash('', 0)).toBeUndefined();
    expect(findSlash('/' + 'x'.repeat(60), 61)).toBeUndefined();
  });
});

const replies: Reply[] = [
  { stage: 'shipping', shortcut: 'ship', title: '发货时间', text: '亲，今天下单明天发货哦' },
  { stage: 'welcome', shortcut: 'hi', title: '欢迎光临', text: '{visitor}您好，我是{agent}' },
  { stage: 'price', shortcut: 'noprice', title: '不能议价', text: '这已经是最低价啦' },
  { stage: 'farewell', shortcut: 'bye', title: 'Farewell', text: 'Thank you for shipping with us' },
  { stage: 'welcome', shortcut: 'hi2', title: '再次光临', text: '又见面啦' },
];
const shortcuts = (query: string, names: Record<string, string> = {}) =>
  matchReplies(replies, query, names).map((reply) => reply.shortcut);

describe('matchReplies', () => {
  it('shows everything by stage of the sale while nothing is typed', () => {
    expect(shortcuts('')).toEqual(['hi', 'hi2', 'noprice', 'ship', 'bye']);
  });

  it('puts the exact shortcut before longer ones, and prefixes before the middle of a word', () => {
    expect(shortcuts('hi')).toEqual(['hi', 'hi2', 'ship', 'bye']);
    expect(shortcuts('HI2')).toEqual(['hi2']);
  });

  it('finds by title, by stage in either language, by text, and by letters in order', () => {
    expect(shortcuts('发货')).toEqual(['ship']);
    expect(shortcuts('光临')).toEqual(['hi', 'hi2']);
    expect(shortcuts('welcome')).toEqual(['hi', 'hi2']);
    expect(shortcuts('议', { price: '议价' })).toEqual(['noprice']);
    expect(shortcuts('最低')).toEqual(['noprice']);
    expect(shortcuts('nprc')).toEqual(['noprice']);
    expect(shortcuts('ｂｙｅ')).toEqual(['bye']);
  });

  it('is empty when nothing fits', () => {
    expect(shortcuts('zzz')).toEqual([]);
  });
});

describe('fill', () => {
  const fallbacks = { visitor: '亲', agent: '客服' };

  it('puts in the names', () => {
    expect(fill('{visitor}您好，我是{agent}', { visitor: '小雨', agent: '婉清' }, fallbacks)).toBe('小雨您好，我是婉清');
  });

  it("prefers the reply's own fallback, then the console's", () => {
    expect(fill('{visitor}', { visitor: '  ', agent: '' }, fallbacks)).toBe('亲');
    expect(fill('{visitor|dear}', { visitor: '', agent: '' }, fallbacks)).toBe('dear');
    expect(fill('Hi{visitor|}!', { visitor: '', agent: '' }, fallbacks)).toBe('Hi!');
  });

  it('leaves other braces alone, also those that a name brings', () => {
    expect(fill('{order} {visitor}', { visitor: '{agent}', agent: 'A' }, fallbacks)).toBe('{order} {agent}');
  });
});

describe('insert', () => {
  it('replaces the slash and its query, and puts the caret behind the reply', () => {
    expect(insert('好的 /hi 谢谢', { start: 3, end: 6, query: 'hi' }, '您好')).toEqual({ text: '好的 您好 谢谢', caret: 5 });
  });
});
