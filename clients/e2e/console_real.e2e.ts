// The agent's side against the real server: an agent in Chromium, shoppers over their own line, and a wire that gets cut.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Link, WishMode } from '../link';
import { environment, nodeDial } from './support/agent';
import { launch, Shopper } from './support/browser';
import { RealGateway } from './support/gateway';

let browser: Browser;
let gateway: RealGateway;
let contexts: BrowserContext[] = [];
let visitors: Visitor[] = [];
let complaints: string[] = [];

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
  await Promise.all(visitors.splice(0).map((visitor) => visitor.leave()));
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  expect(complaints.splice(0)).toEqual([]);
});

/** Somebody in the shop, over her own line. */
class Visitor {
  conversation = '';
  private constructor(readonly link: Link) {}

  static async enter(name: string, persona = 'fresh', words = ''): Promise<Visitor> {
    let token = '';
    const link = new Link({
      shop: 'demo',
      device: environment.newId(),
      client: 'e2e',
      language: 'zh',
      name,
      dial: nodeDial(`${gateway.url.replace('http', 'ws')}/v1/ws`),
      environment,
      tokens: { get: () => token, set: (next) => (token = next) },
      outgoing: { load: () => [], save: () => undefined },
    });
    const visitor = new Visitor(link);
    visitors.push(visitor);
    link.start();
    await until(() => link.isLive);
    visitor.conversation = (await link.open({ skill: 'presale', wish: { mode: WishMode.WISH_STRICT, persona } })).id;
    if (words !== '') visitor.say(words);
    return visitor;
  }

  say(text: string): void {
    this.link.post(this.conversation, text);
  }
  /** What people said, in order. */
  get words(): string[] {
    const entries = this.link.conversation(this.conversation)?.entries ?? [];
    return entries.flatMap(({ body }) => (body.case === 'content' && body.value.kind.value) || []);
  }
  async hears(text: string): Promise<void> {
    await until(() => this.words.includes(text));
  }
  async leave(): Promise<void> {
    await this.link.close(this.conversation).catch(() => undefined);
    this.link.stop();
  }
}

async function until(condition: () => boolean, withinMs = 15_000): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** An agent's page, signed in and available. */
class Desk {
  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {}

  static async open(agent = 'bohe'): Promise<Desk> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
    context.setDefaultTimeout(10_000);
    contexts.push(context);
    const desk = new Desk(await context.newPage(), context);
    await desk.signIn(agent);
    return desk;
  }

  async signIn(agent: string): Promise<void> {
    this.page.on('pageerror', (error) => complaints.push(String(error)));
    this.page.on('console', (message) => {
      if (message.type() === 'error' && !/WebSocket|Failed to load resource/.test(message.text()))
        complaints.push(message.text());
    });
    await this.page.goto(`${gateway.url}/console/`);
    await this.page.fill('[name=agent]', agent);
    await this.page.fill('[name=password]', gateway.passwords.get(agent) ?? '');
    await this.page.click('[type=submit]');
    await this.page.getByText('在线').waitFor();
    await this.page.locator('.status-offline, .status-available, .status-break').waitFor();
    if ((await this.page.locator('.status-available').count()) === 0) await this.page.keyboard.press('Alt+B');
    await this.page.locator('.status-available:not(.asked)').waitFor();
  }

  offer(name: string) {
    return this.page.locator('.offer', { hasText: name });
  }
  item(name: string) {
    return this.page.locator('.item', { hasText: name });
  }
  get box() {
    return this.page.locator('.composer textarea');
  }
  get said() {
    return this.page.locator('.log :is(.say-visitor, .say-own) .say-text');
  }
  async accept(name: string): Promise<void> {
    await this.offer(name).getByRole('button', { name: '接入' }).click();
    await this.item(name).waitFor();
  }
  async write(text: string): Promise<void> {
    await this.box.fill(text);
    await this.page.keyboard.press('Enter');
  }
  async photograph(name: string): Promise<void> {
    await this.page.waitForTimeout(300);
    await this.page.screenshot({ path: `${import.meta.dirname}/out/${name}.png` });
  }
}

describe('an agent', () => {
  it('gets an offer, accepts it by a key, talks, and ends it (A1, A4, A5)', async () => {
    const rain = await Visitor.enter('小雨', 'fresh', '在吗？想问粉底');
    await rain.hears('在吗？想问粉底'); // the offer quotes what was said before it
    const desk = await Desk.open();
    await desk.offer('小雨').getByText('想问粉底').waitFor();
    await desk.page.keyboard.press('Alt+A');
    await desk.page.locator('.say-visitor', { hasText: '想问粉底' }).waitFor();
    await desk.page.locator('.note', { hasText: '由您接待' }).waitFor();
    expect(await desk.page.locator('.say-auto').count()).toBeGreaterThan(0);
    await desk.write('在的，您说～');
    await rain.hears('在的，您说～');
    rain.link.typed(rain.conversation);
    await desk.page.locator('.log-typing.on').waitFor();
    rain.link.markRead(rain.conversation);
    await desk.page.locator('.say-read').waitFor();
    await desk.page.keyboard.press('Alt+X');
    await desk.page.keyboard.press('Alt+X');
    await desk.page.locator('.item-over', { hasText: '小雨' }).waitFor();
    await until(() => rain.link.conversation(rain.conversation)?.info.agent?.id === 'bohe');
  });

  it('declines with a reason; that offer is over', async () => {
    const desk = await Desk.open();
    await Visitor.enter('阿树');
    const declined = await desk.offer('阿树').getAttribute('data-offer');
    await desk.page.keyboard.press('Alt+R');
    await desk.page.keyboard.press('1');
    // With nobody else of this persona on shift she may be asked again, by a new offer.
    await desk.page.locator(`[data-offer="${declined}"]`).waitFor({ state: 'detached' });
    expect(await desk.item('阿树').count()).toBe(0);
  });

  it('serves several at once: unread counts, the longest wait first, quick replies in her own voice (A2)', async () => {
    const desk = await Desk.open();
    const first = await Visitor.enter('第一位');
    await desk.accept('第一位');
    const second = await Visitor.enter('第二位');
    await desk.accept('第二位');
    first.say('一');
    first.say('二');
    second.say('三');
    await desk.item('第二位').click();
    await desk.item('第一位').locator('.badge', { hasText: '2' }).waitFor();
    await desk.page.keyboard.press('Alt+N');
    await desk.page.getByRole('heading', { name: '第一位' }).first().waitFor();
    await desk.item('第一位').locator('.badge').waitFor({ state: 'detached' });
    await until(() => (first.link.conversation(first.conversation)?.readByAgent ?? 0) >= 3);
    await desk.box.pressSequentially('/');
    await desk.page.getByRole('option').first().waitFor();
    expect(await desk.page.locator('.quick').textContent()).not.toMatch(/[{}]/);
    await desk.photograph('console-real-quick');
    await desk.page.keyboard.press('Enter');
    const reply = await desk.box.inputValue();
    expect(reply).not.toContain('/');
    await desk.page.keyboard.press('Enter');
    await first.hears(reply);
    await desk.photograph('console-real-chats');
  });

  it('has the same conversations in a second tab, and may write in both (M3)', async () => {
    const desk = await Desk.open();
    const rain = await Visitor.enter('小雨');
    await desk.accept('小雨');
    const [other] = await Promise.all([
      desk.context.waitForEvent('page'),
      desk.page.evaluate(() => void window.open(location.href)),
    ]);
    const second = Object.assign(Object.create(Desk.prototype), { page: other, context: desk.context }) as Desk;
    await other.waitForLoadState();
    if ((await other.locator('[name=password]').count()) > 0) await second.signIn('bohe');
    await second.item('小雨').click();
    await desk.item('小雨').click();
    await second.write('二号窗口');
    await desk.said.filter({ hasText: '二号窗口' }).waitFor();
    await desk.write('一号窗口');
    await second.said.filter({ hasText: '一号窗口' }).waitFor();
    rain.say('收到');
    await desk.said.filter({ hasText: '收到' }).waitFor();
    await second.said.filter({ hasText: '收到' }).waitFor();
    expect(await desk.said.allTextContents()).toEqual(['二号窗口', '一号窗口', '收到']);
    expect(await second.said.allTextContents()).toEqual(['二号窗口', '一号窗口', '收到']);
    expect(rain.words).toEqual(['二号窗口', '一号窗口', '收到']);
  });

  it('loses the line and goes on: nothing lost, nothing double, on either side (M1, M2, M4)', async () => {
    const desk = await Desk.open();
    const rain = await Visitor.enter('小雨');
    await desk.accept('小雨');
    await desk.item('小雨').click();
    await desk.write('之前');
    await rain.hears('之前');
    gateway.wire.refuse(true);
    gateway.wire.cut();
    await desk.page.getByText('连接中断').waitFor();
    await desk.write('断线一');
    await desk.write('断线二');
    gateway.wire.refuse(false);
    await desk.page.getByText('连接中断').waitFor({ state: 'detached', timeout: 30_000 });
    await until(() => rain.link.isLive, 30_000);
    await rain.hears('断线二');
    rain.say('之后');
    await desk.said.filter({ hasText: '之后' }).waitFor();
    expect(rain.words).toEqual(['之前', '断线一', '断线二', '之后']);
    expect(await desk.said.allTextContents()).toEqual(['之前', '断线一', '断线二', '之后']);
  });

  it('reloads, and keeps her chats, her draft and her sign-in', async () => {
    const desk = await Desk.open();
    await Visitor.enter('小雨', 'fresh', '你好');
    await desk.accept('小雨');
    await desk.item('小雨').click();
    await desk.box.fill('半句');
    await desk.page.reload();
    await desk.item('小雨').click();
    await desk.said.filter({ hasText: '你好' }).waitFor();
    expect(await desk.box.inputValue()).toBe('半句');
  });

  it('does not notice that the server was killed and came back (M1)', async () => {
    const desk = await Desk.open();
    const rain = await Visitor.enter('小雨', 'fresh', '之前');
    await desk.accept('小雨');
    await desk.item('小雨').click();
    await gateway.crashAndRestart();
    await desk.write('之后');
    await until(() => rain.link.isLive, 30_000);
    await rain.hears('之后');
    expect(await desk.said.allTextContents()).toEqual(['之前', '之后']);
  });

  it('is put on break after two missed offers, is told why, and is back by one click (A5)', async () => {
    const desk = await Desk.open();
    await Visitor.enter('阿树');
    await desk.page.getByText('漏接：阿树').first().waitFor({ timeout: 60_000 });
    await desk.page.getByText('有派单未及时应答').waitFor({ timeout: 40_000 });
    await desk.page.getByRole('button', { name: '我回来了' }).click();
    await desk.page.locator('.status-available:not(.asked)').waitFor();
    await desk.offer('阿树').waitFor();
  }, 150_000);

  it('changes the language, and has the quick replies of her persona in it', async () => {
    const desk = await Desk.open();
    await Visitor.enter('Rain');
    await desk.accept('Rain');
    await desk.item('Rain').click();
    await desk.page.getByRole('button', { name: '设置' }).click();
    await desk.page.getByRole('button', { name: /English/ }).click();
    await desk.page.getByText('My chats').waitFor();
    await desk.page.getByText('Live', { exact: true }).waitFor();
    await desk.box.fill('/welcome');
    await desk.page.getByRole('option').first().waitFor();
    await expect.poll(() => desk.page.getByRole('option').first().textContent()).toMatch(/[a-z]{4}.* /);
    await desk.photograph('console-real-english');
  });

  it('is refused with a wrong password, in words', async () => {
    const context = await browser.newContext({ locale: 'en-GB' });
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(`${gateway.url}/console/`);
    await page.fill('[name=agent]', 'bohe');
    await page.fill('[name=password]', 'wrong');
    await page.click('[type=submit]');
    await page.getByText('Shop, agent name or password is not right.').waitFor();
  });
});

describe('why (S3, W29)', () => {
  it('is told the agent who asks for it', async () => {
    const desk = await Desk.open();
    await Visitor.enter('小雨');
    await desk.accept('小雨');
    await desk.item('小雨').click();
    const why = desk.page.locator('.card .why');
    await why.locator('summary').click();
    await why.getByText('您正是顾客想要的性格组').waitFor();
    const rows = await why.locator('.facts > div').allTextContents();
    expect(rows.some((row) => row.includes('薄荷'))).toBe(true);
    await desk.photograph('console-real-why');
  });

  it('is shown a supervisor as a table of the latest decisions, and nobody else', async () => {
    const desk = await Desk.open();
    const rain = await Visitor.enter('小雨', 'fresh', '在吗');
    await desk.accept('小雨');
    expect(await desk.page.locator('.bar-decisions').count()).toBe(0);

    const lead = await Desk.open('dianzhang');
    await lead.page.getByRole('button', { name: '派单记录' }).click();
    const row = lead.page.locator(`[data-decision="${rain.conversation}"]`).first();
    for (const text of ['小雨', '薄荷', '正是顾客想要的性格组', '顾客进店']) await row.getByText(text).first().waitFor();
    await Visitor.enter('阿树');
    await lead.page.locator('.decision', { hasText: '阿树' }).first().waitFor(); // without being asked
    await row.locator('button').click();
    const record = lead.page.locator('.decision-record');
    await record.getByText('候选').first().waitFor();
    await lead.photograph('console-real-decisions');

    await lead.page.fill('[name=conversation]', 'no-such-chat');
    await lead.page.getByRole('button', { name: '查原因' }).click();
    await lead.page.locator('.decisions-answer').getByText('没有留下记录').waitFor();
    await lead.page.fill('[name=conversation]', rain.conversation);
    await lead.page.keyboard.press('Enter');
    await lead.page.locator('.decisions-answer .facts').waitFor();
    await lead.page.locator('.decisions-answer > .quiet').click();

    await lead.page.setViewportSize({ width: 390, height: 844 });
    await lead.photograph('console-real-decisions-phone');
    const overflow = await lead.page.evaluate(() => {
      const view = document.querySelector('.decisions');
      return view === null ? -1 : view.scrollWidth - view.clientWidth;
    });
    expect(overflow).toBe(0);
    await lead.page.keyboard.press('Escape');
    await lead.page.locator('.decisions').waitFor({ state: 'detached' });
  });
});

describe('an agent and a shopper, both in a browser', () => {
  it('meet', async () => {
    const desk = await Desk.open();
    const shopper = await Shopper.enter(browser, gateway.url, 'zh');
    const tab = await (await shopper.tab()).open();
    await tab.start();
    await desk.page.locator('.offer').waitFor();
    await desk.page.keyboard.press('Alt+A');
    await desk.box.waitFor();
    await desk.write('您好，我是薄荷');
    await tab.bubbles.filter({ hasText: '您好，我是薄荷' }).waitFor();
    await tab.say('你好呀');
    await desk.said.filter({ hasText: '你好呀' }).waitFor();
    await desk.page.keyboard.press('Alt+X');
    await desk.page.keyboard.press('Alt+X');
    await tab.chat.locator('.over').waitFor();
    expect(shopper.complaints).toEqual([]);
    await shopper.leave();
  });
});
