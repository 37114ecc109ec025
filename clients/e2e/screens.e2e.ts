// The widget in every state a shopper meets, on a desktop and a phone, in both languages: photographed for people to look at,
// and checked not to complain.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Trigger } from '../link/frames';
import { DESKTOP, DIST, launch, PHONE, Shopper } from './support/browser';
import { FakeShop } from './support/fake_shop';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const play = {
  en: {
    greeting: 'Welcome to Petal Lab. The kettle is on and somebody from The Fresh will be with you in a moment.',
    waiting: 'Still number one on our list. Thank you for bearing with us.',
    assigned: 'Mint here, window open, notebook ready.',
    question: 'Hi! Does the Dew Gel Cream go under make-up?',
    answer: 'It does. Wait a minute until it has sunk in, then powder as usual.',
    more: 'This is how I do it: https://petal-lab.example/dew-cream',
    thanks: 'Lovely, thank you',
    unsent: 'And is there a travel size?',
  },
  zh: {
    greeting: '欢迎来到花瓣研究所。水刚烧开，小清新的同事马上就来。',
    waiting: '您还排在最前面，谢谢您愿意等。',
    assigned: '薄荷来了，窗开着，本子也翻好了。',
    question: '你好，晨露凝霜能打底用吗？',
    answer: '可以的。涂完等一分钟，吸收了再上粉，不会搓泥。',
    more: '步骤在这里：https://petal-lab.example/dew-cream',
    thanks: '太好了，谢谢',
    unsent: '有旅行装吗？',
  },
};

describe.each([
  ['en', 'desktop', DESKTOP, 'light'],
  ['zh', 'desktop', DESKTOP, 'dark'],
  ['zh', 'phone', PHONE, 'light'],
  ['en', 'phone', PHONE, 'dark'],
] as const)('in %s on a %s', (language, device, options, colorScheme) => {
  it('shows every state', async () => {
    const words = play[language];
    const shop = await FakeShop.start(DIST);
    shop.greeting = words.greeting;
    const shopper = await Shopper.enter(browser, shop.url, language, { ...options, colorScheme });
    const tab = await shopper.tab();
    const shot = (name: string) => tab.photograph(`${language}-${device}-${name}`);
    try {
      await tab.page.locator('.wares').waitFor();
      await shot('0-shop');
      await tab.open();
      await shot('1-choose');
      await tab.chat.locator('.card').nth(2).click();
      await tab.chat.locator('.option').first().scrollIntoViewIfNeeded();
      await shot('2-persona');
      await tab.start();
      await tab.chat.locator('.auto').waitFor();
      shop.queue(2, 30_000, 90_000, true);
      await shot('3-waiting');
      await tab.say(words.question);
      await tab.chat.getByRole('button', { name: /Change|更改/ }).click();
      await shot('4-change-wish');
      await tab.chat.locator('.card').nth(0).click();
      await tab.chat.locator('.go .primary').click();
      shop.auto(Trigger.WAITING, words.waiting);
      shop.assign();
      shop.auto(Trigger.ASSIGNED, words.assigned);
      shop.reads();
      shop.says(words.answer);
      shop.says(words.more);
      await tab.bubbles.nth(2).waitFor();
      await tab.say(words.thanks);
      shop.types(true);
      await tab.chat.locator('.typing').waitFor();
      await shot('5-chat');
      shop.types(false);
      shop.refuse(true);
      shop.cut();
      await tab.say(words.unsent);
      await tab.chat.locator('.banner').waitFor();
      await shot('6-reconnecting');
      shop.refuse(false);
      await tab.reconnect();
      await tab.chat.getByRole('button', { name: /Minimise|收起/ }).click();
      shop.says(words.answer);
      await tab.badge.filter({ hasText: '1' }).waitFor();
      await shot('7-unread');
      await tab.launcher.click();
      shop.closeTalk();
      await tab.chat.locator('.over').waitFor();
      await shot('8-over');
      expect(shopper.complaints).toEqual([]);
    } finally {
      await shopper.leave();
      await shop.stop();
    }
  });
});
