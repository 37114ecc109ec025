// The visitor's side against the real server: a shopper in Chromium, agents over their own line, and a wire that gets cut.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Agent } from './support/agent';
import { launch, PHONE, Shopper, type Tab } from './support/browser';
import { RealGateway } from './support/gateway';

let browser: Browser;
let gateway: RealGateway;
let shopper: Shopper | undefined;
let agent: Agent | undefined;

beforeAll(async () => {
  browser = await launch();
  gateway = await RealGateway.start();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});
afterEach(async () => {
  gateway.wire.refuse(false);
  gateway.wire.swallowAnswers(false);
  await agent?.goHome();
  await shopper?.leave();
  const complaints = shopper?.complaints;
  agent = undefined;
  shopper = undefined;
  expect(complaints).toEqual([]);
});

async function enter(language: 'zh' | 'en' = 'en', options?: Parameters<typeof Shopper.enter>[3]): Promise<Tab> {
  shopper = await Shopper.enter(browser, gateway.url, language, options);
  return shopper.tab();
}

/** A shopper and 薄荷 Mint of The Fresh, talking. */
async function talking(options?: Parameters<typeof Shopper.enter>[3]) {
  agent = await Agent.signIn(gateway, 'bohe');
  const tab = await enter('en', options);
  await tab.open();
  await tab.start();
  await tab.chat.locator('.note', { hasText: 'is with you now' }).waitFor({ timeout: 25_000 });
  return { tab, agent, conversation: await agent.conversation() };
}

describe('a shopper', () => {
  it('sees who is there as it changes, waits with a place that she keeps, is greeted at once, changes her wish, and is served', async () => {
    const tab = await enter();
    await tab.open();
    const fresh = tab.chat.locator('.card', { hasText: 'The Fresh' });
    await fresh.locator('.wait', { hasText: 'off duty' }).waitFor();
    await fresh.click();
    await tab.chat.getByRole('radio', { name: 'Only them' }).check();
    await tab.start();
    await tab.chat.locator('.auto', { hasText: 'Ting!' }).waitFor();
    expect(await tab.chat.locator('.auto .tag').first().innerText()).toContain('Automatic message');
    await tab.chat.locator('.place', { hasText: 'You are next' }).waitFor();
    await tab.chat.locator('.wish', { hasText: 'only The Fresh' }).waitFor();
    await tab.say('Is the Dew Gel Cream fine under make-up?');

    // Her place is there again after a reload, and in a second tab.
    await tab.reload();
    await tab.open();
    await tab.chat.locator('.place', { hasText: 'You are next' }).waitFor();

    // Somebody of another temperament comes in: not what she wished for, until she changes her wish.
    agent = await Agent.signIn(gateway, 'pipi');
    await tab.chat.getByRole('button', { name: 'Change' }).click();
    await tab.chat.locator('.card', { hasText: 'The Unhinged' }).locator('.wait', { hasText: 'free' }).waitFor();
    expect(agent.link.offers.size).toBe(0);
    await tab.chat.locator('.card', { hasText: 'Anyone' }).click();
    await tab.chat.locator('.go .primary').click();

    const conversation = await agent.conversation();
    await agent.hears(conversation, 'Is the Dew Gel Cream fine under make-up?');
    await tab.chat.locator('h1', { hasText: 'Pippi' }).waitFor();
    agent.link.post(conversation.id, 'Under, over, instead of. Yes.');
    await tab.bubbles.filter({ hasText: 'Under, over' }).waitFor();
  });

  it('talks both ways, sees typing and read marks, and is seen typing', async () => {
    const { tab, agent, conversation } = await talking();
    agent.link.typed(conversation.id);
    await tab.chat.locator('.typing').waitFor();
    agent.link.post(conversation.id, 'Good evening!');
    await tab.bubbles.filter({ hasText: 'Good evening!' }).waitFor();
    await tab.chat.locator('.typing').waitFor({ state: 'detached' });
    await tab.box.pressSequentially('Hello');
    await agent.until(() => conversation.visitorTypes);
    await tab.box.press('Shift+Enter');
    await tab.box.pressSequentially('there');
    await tab.box.press('Enter');
    await agent.hears(conversation, 'Hello\nthere');
    expect(await tab.box.inputValue()).toBe('');
    await tab.chat.locator('.mine .mark[aria-label=Delivered]').waitFor();
    agent.link.markRead(conversation.id);
    await tab.chat.locator('.mine .mark[aria-label=Read]').waitFor();
    await agent.until(() => conversation.readByVisitor >= 3);
  });

  it('writes Chinese: an Enter that belongs to the input method sends nothing', async () => {
    const { tab, agent, conversation } = await talking();
    await tab.box.focus();
    const input = await tab.page.context().newCDPSession(tab.page);
    await input.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 });
    await tab.box.dispatchEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true });
    await input.send('Input.insertText', { text: '你好' });
    expect(await tab.box.inputValue()).toBe('你好');
    expect(await tab.chat.locator('.mine').count()).toBe(0);
    await tab.box.press('Enter');
    await agent.hears(conversation, '你好');
  });

  it('reloads and finds everything: history, half-written words, the same agent; a second tab is the same conversation', async () => {
    const { tab, agent, conversation } = await talking();
    await tab.say('one');
    agent.link.post(conversation.id, 'two');
    await tab.bubbles.filter({ hasText: 'two' }).waitFor();
    await tab.box.fill('half a thou');
    await tab.reload();
    await expect.poll(() => tab.launcher.getAttribute('aria-expanded')).toBe('true'); // as she left it
    await tab.bubbles.filter({ hasText: 'two' }).waitFor();
    expect(await tab.bubbles.allInnerTexts()).toEqual(['one', 'two']);
    expect(await tab.box.inputValue()).toBe('half a thou');

    const second = await shopper!.tab();
    await second.open();
    await second.bubbles.filter({ hasText: 'two' }).waitFor();
    await second.say('three');
    await tab.bubbles.filter({ hasText: 'three' }).waitFor();
    await tab.say('four');
    await second.bubbles.filter({ hasText: 'four' }).waitFor();
    await agent.hears(conversation, 'four');
    expect(agent.words(conversation)).toEqual(['one', 'two', 'three', 'four']);
    expect(await second.bubbles.allInnerTexts()).toEqual(['one', 'two', 'three', 'four']);
  });

  it('duplicates her tab: the copy gets a name of its own and both go on', async () => {
    const { tab, agent, conversation } = await talking();
    const device = (of: Tab) => of.chat.locator('body').evaluate(() => sessionStorage.getItem('switchboard.demo.device'));
    const copy = await shopper!.tab();
    await copy.open();
    const name = await device(tab);
    await copy.chat.locator('body').evaluate((_body, copied) => sessionStorage.setItem('switchboard.demo.device', copied!), name);
    await copy.reload();
    await copy.open();
    await copy.log.waitFor();
    expect(await device(copy)).not.toBe(name);
    await tab.say('from the first');
    await copy.say('from the copy');
    await agent.hears(conversation, 'from the copy');
    await agent.hears(conversation, 'from the first');
    await tab.bubbles.nth(1).waitFor();
    await copy.bubbles.nth(1).waitFor();
    expect(await tab.bubbles.allInnerTexts()).toEqual(await copy.bubbles.allInnerTexts());
  });

  it('writes without a line and reloads: her words still go out, once', async () => {
    const { tab, agent, conversation } = await talking();
    let blocked = true;
    await shopper!.context.routeWebSocket('**/v1/ws', (socket) => void (blocked ? socket.close() : socket.connectToServer()));
    gateway.wire.cut();
    await tab.chat.locator('.banner').waitFor();
    await tab.say('written in the dark');
    await tab.chat.locator('.mine.waiting').waitFor();
    await tab.reload();
    blocked = false;
    await tab.open();
    await agent.until(() => agent.link.isLive, 30_000);
    await agent.hears(conversation, 'written in the dark');
    await tab.chat.locator('.mine.waiting, .mine.sending').first().waitFor({ state: 'detached' });
    expect(agent.words(conversation)).toEqual(['written in the dark']);
    expect(await tab.bubbles.allInnerTexts()).toEqual(['written in the dark']);
  });

  it('writes into a conversation that was just closed: the words wait in the box of the next one', async () => {
    const { tab, agent, conversation } = await talking();
    // Only her line stays down: were both let back, her words could be there before the agent closes.
    let blocked = true;
    await shopper!.context.routeWebSocket('**/v1/ws', (socket) => void (blocked ? socket.close() : socket.connectToServer()));
    gateway.wire.cut();
    await tab.chat.locator('.banner').waitFor();
    await tab.say('too late');
    await tab.chat.locator('.mine.waiting').waitFor();
    agent.link.hurry();
    await agent.until(() => agent.link.isLive, 30_000);
    await agent.link.close(conversation.id);
    blocked = false;
    await tab.reconnect();
    await tab.chat.locator('.over').waitFor();
    await tab.chat.locator('.mine.refused').waitFor();
    await tab.chat.getByRole('button', { name: 'Start a new conversation' }).click();
    await tab.start();
    expect(await tab.box.inputValue()).toBe('too late');
    await tab.chat.locator('.queue').or(tab.chat.locator('.note', { hasText: 'with you' }).nth(0)).first().waitFor();
  });

  it('loses the line, goes on writing, and nothing is lost or doubled on either side (M1, M2, M4)', async () => {
    const { tab, agent, conversation } = await talking();
    await tab.say('before');
    await agent.hears(conversation, 'before');

    // An acknowledgement is lost: stored, but she does not know.
    gateway.wire.swallowAnswers(true);
    await tab.say('unacknowledged');
    await agent.until(() => agent.words(conversation).includes('unacknowledged') || !agent.link.isLive, 3_000).catch(() => undefined);
    gateway.wire.refuse(true);
    gateway.wire.cut();
    gateway.wire.swallowAnswers(false);
    await tab.chat.locator('.banner').waitFor();
    await tab.say('while away 1');
    await tab.say('while away 2');
    await tab.chat.locator('.mine.waiting').nth(2).waitFor();

    gateway.wire.refuse(false);
    await tab.reconnect();
    await agent.until(() => agent.link.isLive, 30_000);
    await agent.hears(conversation, 'while away 2');
    const all = ['before', 'unacknowledged', 'while away 1', 'while away 2'];
    expect(agent.words(conversation)).toEqual(all);
    await tab.chat.locator('.mine.waiting, .mine.sending').first().waitFor({ state: 'detached' });
    expect(await tab.bubbles.allInnerTexts()).toEqual(all);
  });

  it('does not notice that the server was killed and came back (M1)', async () => {
    const { tab, agent, conversation } = await talking();
    await tab.say('before the crash');
    await agent.hears(conversation, 'before the crash');
    await gateway.crashAndRestart();
    await tab.say('after the crash');
    await agent.until(() => agent.link.isLive, 30_000);
    await agent.hears(conversation, 'after the crash');
    agent.link.post(conversation.id, 'still here');
    await tab.bubbles.filter({ hasText: 'still here' }).waitFor();
    expect(await tab.bubbles.allInnerTexts()).toEqual(['before the crash', 'after the crash', 'still here']);
  });

  it('gets a badge while the chat is minimised, sees the end, and starts anew', async () => {
    const { tab, agent, conversation } = await talking();
    await tab.chat.getByRole('button', { name: 'Minimise' }).click();
    agent.link.post(conversation.id, 'are you there?');
    agent.link.post(conversation.id, 'hello?');
    await tab.badge.filter({ hasText: '2' }).waitFor();
    await tab.launcher.click();
    await tab.badge.waitFor({ state: 'hidden' });
    await agent.link.close(conversation.id);
    await tab.chat.locator('.over').waitFor();
    await tab.reload();
    await tab.open();
    await tab.chat.locator('.over').waitFor();
    await tab.bubbles.filter({ hasText: 'hello?' }).waitFor();
    await tab.chat.getByRole('button', { name: 'Start a new conversation' }).click();
    await tab.chat.locator('.choose').waitFor();
  });

  it('ends the conversation herself, after being asked', async () => {
    const { tab } = await talking();
    await tab.chat.getByRole('button', { name: 'End the conversation' }).click();
    await tab.chat.getByRole('button', { name: 'Yes, end it' }).click();
    await tab.chat.locator('.over').waitFor();
    await tab.chat.locator('.note', { hasText: 'You ended the conversation' }).waitFor();
  });
});

describe('what people write (S2)', () => {
  const nasty = [
    '<img src=x onerror="parent.hacked=1;window.hacked=1">',
    '<script>window.hacked=1</script>',
    'javascript:window.hacked=1',
    '"><svg onload=window.hacked=1>',
    '{{constructor.constructor("window.hacked=1")()}}',
    '\u202Eright to left\u202C <b>bold</b> & &amp; \u0007',
  ];
  it('is shown as text on both ways, never run, never markup', async () => {
    const { tab, agent, conversation } = await talking();
    for (const text of nasty) agent.link.post(conversation.id, text);
    await tab.bubbles.nth(nasty.length - 1).waitFor();
    expect(await tab.bubbles.allTextContents()).toEqual(nasty);
    await tab.say(nasty[0]!);
    await agent.until(() => agent.words(conversation).filter((text) => text === nasty[0]).length === 2);
    expect(await tab.chat.locator('.log img, .log script, .log b, .log svg[onload], .log a').count()).toBe(0);
    const frame = tab.page.frames().find((each) => each.url().includes('/widget/'))!;
    expect(await frame.evaluate(() => 'hacked' in window)).toBe(false);
    expect(await tab.page.evaluate(() => 'hacked' in window)).toBe(false);
  });
});

describe("on a shop's own site", () => {
  it('works from another origin, under a strict policy of that page, and the page cannot look inside', async () => {
    const policy = `default-src 'none'; script-src ${gateway.url}; frame-src ${gateway.url}`;
    const site = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy });
      response.end(`<!doctype html><html lang="en"><title>A shop</title><h1>A shop</h1>
        <script src="${gateway.url}/widget.js" data-shop="demo" data-skill="logistics" data-name="Rain" async></script></html>`);
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    try {
      agent = await Agent.signIn(gateway, 'bohe');
      shopper = await Shopper.enter(browser, `http://localhost:${(site.address() as AddressInfo).port}`, 'en');
      const tab = await shopper.tab();
      await tab.open();
      await tab.chat.getByRole('radio', { name: 'Where is my parcel' }).and(tab.chat.locator(':checked')).waitFor();
      await tab.start();
      const conversation = await agent.conversation();
      expect(conversation.info).toMatchObject({ skill: 'logistics', visitor: { name: 'Rain' } });
      await tab.say('Hello from far away');
      await agent.hears(conversation, 'Hello from far away');
      expect(await tab.page.evaluate(() => document.querySelector('switchboard-chat')!.shadowRoot!.querySelector('iframe')!.contentDocument)).toBe(null);
      await tab.reload();
      await tab.open();
      await tab.bubbles.filter({ hasText: 'Hello from far away' }).waitFor();
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });
});

describe('on a phone', () => {
  it('the chat fills the screen, nothing hangs over, everything can be reached', async () => {
    const { tab, agent, conversation } = await talking(PHONE);
    agent.link.post(conversation.id, `${'averylongwordwithoutanyspaces'.repeat(8)} https://example.com/${'path/'.repeat(40)}`);
    await tab.bubbles.first().waitFor();
    const panel = (await tab.page.locator('switchboard-chat .panel').boundingBox())!;
    expect(panel).toMatchObject({ x: 0, y: 0, width: 390, height: 844 });
    const frame = tab.page.frames().find((each) => each.url().includes('/widget/'))!;
    const overhang = await frame.evaluate(() => [...document.querySelectorAll('*')].some((each) => each.getBoundingClientRect().right > innerWidth + 1));
    expect(overhang).toBe(false);
    const box = (await tab.box.boundingBox())!;
    expect(box.y + box.height).toBeLessThan(844);
    for (const name of ['Send', 'Emoji', 'Minimise', 'End the conversation']) {
      const button = (await tab.chat.getByRole('button', { name, exact: true }).boundingBox())!;
      expect(Math.min(button.width, button.height), name).toBeGreaterThanOrEqual(40);
    }
    expect(await tab.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});

describe('the shop', () => {
  it('greets in the language of the shopper', async () => {
    const tab = await enter('zh');
    await tab.open();
    await tab.chat.locator('.card', { hasText: '疯癫组' }).click();
    await tab.start();
    await tab.chat.locator('.auto', { hasText: '警报' }).waitFor();
    await tab.chat.getByRole('button', { name: '结束会话' }).click();
    await tab.chat.locator('.sure').getByRole('button', { name: '结束' }).click();
    await tab.chat.locator('.over').waitFor();
  });
});

describe('when the server has lost everything', () => {
  // The passwords go, too: nobody else may need this one.
  beforeAll(async () => {
    await gateway.stop();
    gateway = await RealGateway.start();
  });

  it('she is told, and begins anew with what nobody has answered', { retry: 0 }, async () => {
    const { tab, agent, conversation } = await talking();
    agent.link.post(conversation.id, 'how can I help?');
    await tab.bubbles.filter({ hasText: 'how can I help?' }).waitFor();
    await tab.say('does it come in red?');
    await agent.hears(conversation, 'does it come in red?');
    gateway.loseEverything();
    await tab.chat.locator('.over', { hasText: 'We have lost this conversation' }).waitFor();
    await tab.photograph('visitor-lost');
    await tab.page.setViewportSize({ width: 390, height: 844 });
    await tab.photograph('visitor-lost-phone');
    await agent.until(() => agent.link.conversation(conversation.id)?.gone === true, 30_000);
    await tab.chat.getByRole('button', { name: 'Start a new conversation' }).click();
    await tab.start();
    expect(await tab.box.inputValue()).toBe('does it come in red?');
    await tab.chat.locator('.queue').waitFor();
  });
});
