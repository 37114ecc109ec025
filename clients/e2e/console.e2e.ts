// The console by keyboard and mouse in a real browser, against a gateway played by the test.
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { afternoon, anOffer } from './console_demo';
import { Gateway, type Pages, servePages } from './console_gateway';
import { DIST, launch, OUT, PHONE } from './support/browser';

const desktop: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
let browser: Browser;
let pages: Pages;
let context: BrowserContext;
let page: Page;
let gateway: Gateway;
let complaints: string[];

beforeAll(async () => {
  browser = await launch();
  pages = await servePages(process.env['DIST'] ?? DIST);
});
afterAll(async () => {
  await browser.close();
  await pages.stop();
});

async function open(options: BrowserContextOptions = desktop): Promise<void> {
  context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options });
  context.setDefaultTimeout(8_000);
  page = await context.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/WebSocket|Failed to load resource/.test(message.text()))
      complaints.push(message.text());
  });
  gateway = new Gateway(afternoon());
  await gateway.attach(page);
  await page.goto(`${pages.url}/console/`);
}

async function signIn(password = 'right'): Promise<void> {
  await page.fill('[name=agent]', 'wanqing');
  await page.fill('[name=password]', password);
  await page.click('[type=submit]');
}

const box = () => page.locator('.composer textarea');
const item = (id: string) => page.locator(`[data-conversation=${id}]`);
const order = () =>
  page.locator('.item').evaluateAll((items) => items.map((each) => each.getAttribute('data-conversation')));
const own = () => page.locator('.say-own .say-text');
const rain = { role: 'ROLE_VISITOR', id: 'v-rain', name: '小雨' };
const visitorSays = (text: string, conversation = 'c-rain') =>
  gateway.say(conversation, { author: rain, clientId: `x${Math.random()}`, content: { text } });

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

describe('signing in', () => {
  beforeEach(() => open());

  it('says what is wrong, is kept over a reload, and ends by signing out', async () => {
    await page.click('[type=submit]');
    await page.getByRole('alert').filter({ hasText: '请填写' }).waitFor();
    await signIn('wrong');
    await page.getByRole('alert').filter({ hasText: '不正确' }).waitFor();
    await signIn('often');
    await page.getByRole('alert').filter({ hasText: '60 秒' }).waitFor();
    await signIn();
    await item('c-rain').waitFor();
    await page.reload();
    await item('c-rain').waitFor();
    await page.getByRole('button', { name: '设置' }).click();
    await page.getByRole('button', { name: '退出登录' }).click();
    await page.getByRole('button', { name: '还有 5 个会话' }).click();
    await page.getByLabel('客服账号').waitFor();
    expect(gateway.state['status']['status']).toBe('STATUS_OFFLINE');
    await page.reload();
    expect(await page.getByLabel('客服账号').inputValue()).toBe('wanqing');
  });

  it('tells why a session was ended by the server', async () => {
    await signIn();
    await item('c-rain').waitFor();
    gateway.drop(4501);
    await page.getByText('账号已在别处登录').waitFor();
  });

  it('speaks English at a click', async () => {
    await page.getByRole('button', { name: /English/ }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await signIn();
    await page.getByText('My chats').waitFor();
    expect(await page.getAttribute('html', 'lang')).toBe('en');
  });
});

describe('at work', () => {
  beforeEach(async () => {
    await open();
    await signIn();
    await item('c-rain').waitFor();
  });

  it('shows which chats are parked and wait for their visitors, and counts them apart (rule 2.8)', async () => {
    const fish = gateway.state['conversations'].find(({ id }: { id: string }) => id === 'c-fish');
    gateway.push({ conversation: { ...fish, parkedMs: String(Date.now()) } });
    await item('c-fish').getByText('等待顾客').waitFor();
    await page.locator('.capacity').getByText('另有 1 个等待顾客').waitFor();
    await page.getByText('会话 4 / ').waitFor();
    await item('c-fish').click();
    await page.locator('.pane-who').getByText('等待顾客').waitFor();
    await page.screenshot({ path: join(OUT, 'console-parked.png') });
    gateway.push({ conversation: { ...fish, parkedMs: '0' } });
    await page.locator('.parked').first().waitFor({ state: 'detached' });
    await page.getByText('会话 5 / ').waitFor();
  });

  it('lists who waits longest first, with clocks and unread counts, and jumps there by Alt+N', async () => {
    expect(await order()).toEqual(['c-moon', 'c-tea', 'c-rain', 'c-fish', 'c-anon']);
    await item('c-moon').locator('.wait-red').waitFor();
    await item('c-tea').locator('.wait-amber').waitFor();
    await item('c-rain').locator('.wait-calm').waitFor();
    expect(await item('c-moon').locator('.badge').textContent()).toBe('3');
    await page.keyboard.press('Alt+N');
    await page.getByRole('heading', { name: '月半弯' }).first().waitFor();
    await item('c-moon').locator('.badge').waitFor({ state: 'detached' });
    expect(gateway.last('markRead')).toMatchObject({ conversation: 'c-moon', seq: 6 });
    await page.keyboard.press('Alt+N');
    await page
      .getByRole('heading', { name: /Theresa/ })
      .first()
      .waitFor();
    await page.keyboard.press('Alt+4');
    await page.getByRole('heading', { name: '一条小鱼' }).first().waitFor();
  });

  it('does not move the list while she types', async () => {
    await item('c-fish').click();
    await page.mouse.move(900, 400);
    await box().pressSequentially('好');
    visitorSays('还有一件事', 'c-anon');
    await item('c-anon').locator('.badge').waitFor();
    expect(await order()).toEqual(['c-moon', 'c-tea', 'c-rain', 'c-fish', 'c-anon']);
    await expect.poll(order, { timeout: 8_000 }).toEqual(['c-moon', 'c-tea', 'c-rain', 'c-anon', 'c-fish']);
  });

  it('accepts an offer by Alt+A and opens it', async () => {
    gateway.offer(anOffer());
    await page.getByText('有点怕').waitFor();
    expect(await page.title()).toContain('1 个派单');
    await page.keyboard.press('Alt+A');
    await page.getByRole('heading', { name: '竹影' }).first().waitFor();
    expect(gateway.last('accept')).toEqual({ conversation: 'c-offer', fence: 1 });
    await page.locator('.note', { hasText: '由您接待' }).waitFor();
    expect(await page.locator('.offer').count()).toBe(0);
  });

  it('declines an offer with a reason, by keys alone', async () => {
    gateway.offer(anOffer());
    await page.locator('.offer').waitFor();
    await page.keyboard.press('Alt+R');
    await page.keyboard.press('3');
    await page.locator('.offer').waitFor({ state: 'detached' });
    expect(gateway.last('decline')).toEqual({ conversation: 'c-offer', fence: 1, reason: 'leaving' });
  });

  it('says when an offer was missed, and brings her back from the break with one click', async () => {
    gateway.offer(anOffer());
    await page.locator('.offer').waitFor();
    gateway.push({ offerEnd: { conversation: 'c-offer', fence: 1, reason: 'OFFER_END_MISSED' } });
    gateway.setStatus('STATUS_BREAK', 'missed offers');
    await page.getByText('漏接：竹影').waitFor();
    await page.getByText('有派单未及时应答').waitFor();
    await page.getByRole('button', { name: '我回来了' }).click();
    await page.getByText('有派单未及时应答').waitFor({ state: 'detached' });
    expect(gateway.last('setStatus')).toMatchObject({ status: 'STATUS_AVAILABLE' });
  });

  it('goes on break with a reason from the menu, and sees it', async () => {
    await page.keyboard.press('Alt+S');
    await page.getByRole('button', { name: '用餐' }).click();
    await page.getByText('您正在小休 · 用餐').waitFor();
    expect(gateway.last('setStatus')).toEqual({ status: 'STATUS_BREAK', reason: 'meal' });
    await page.keyboard.press('Alt+B');
    await page.getByText('您正在小休').waitFor({ state: 'detached' });
  });

  it('puts a quick reply in by "/", arrows and Enter, with the names filled in', async () => {
    await item('c-rain').click();
    await box().pressSequentially('好的，/');
    expect(await page.getByRole('option').count()).toBe(10);
    await box().pressSequentially('hi');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    expect(await box().inputValue()).toBe('好的，小雨您好，我是婉清，很高兴为您服务。今天想看些什么呢？');
    expect(await own().count()).toBe(2);
    await box().fill('/发货');
    await page.keyboard.press('Tab');
    expect(await box().inputValue()).toContain('当天发出');
    await box().fill('/');
    await page.keyboard.press('Escape');
    expect(await page.locator('.quick').count()).toBe(0);
    await page.keyboard.press('Enter');
    await own().filter({ hasText: /^\/$/ }).waitFor();
  });

  it('sends by Enter, breaks the line by Shift+Enter, and keeps its hands off an input method', async () => {
    await item('c-rain').click();
    await box().pressSequentially('一');
    await page.keyboard.press('Shift+Enter');
    await box().pressSequentially('二');
    await box().evaluate((element) =>
      element.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }),
      ),
    );
    expect(await box().inputValue()).toBe('一\n二');
    await page.keyboard.press('Enter');
    await own().filter({ hasText: '一\n二' }).waitFor();
    expect(await box().inputValue()).toBe('');
    expect(gateway.last('post')).toMatchObject({ conversation: 'c-rain', fence: 1, number: 1, content: { text: '一\n二' } });
    await item('c-rain').locator('.wait').waitFor({ state: 'detached' });
  });

  it('keeps a draft per conversation, over a change of conversation and a reload', async () => {
    await item('c-rain').click();
    await box().fill('半句话');
    await item('c-tea').click();
    expect(await box().inputValue()).toBe('');
    await item('c-rain').getByText('半句话').waitFor();
    await page.reload();
    await item('c-rain').click();
    expect(await box().inputValue()).toBe('半句话');
  });

  it('shows a refused message and sends it again at a click', async () => {
    await item('c-rain').click();
    gateway.refuse('post', 'FULL');
    await box().fill('你好');
    await page.keyboard.press('Enter');
    await page.locator('.say-refused').waitFor();
    await page.getByRole('button', { name: '重新发送' }).click();
    await page.locator('.say-refused').waitFor({ state: 'detached' });
    await own().filter({ hasText: '你好' }).waitFor();
  });

  it('loses nothing when the line is lost: what she wrote goes out, what was said comes in', async () => {
    await item('c-rain').click();
    gateway.down = true;
    gateway.drop(1012);
    await page.getByText('连接中断').waitFor();
    await box().fill('断线时写的');
    await page.keyboard.press('Enter');
    await page.getByText('连接恢复后发出').waitFor();
    visitorSays('断线时问的');
    gateway.down = false;
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.locator('.say-visitor', { hasText: '断线时问的' }).waitFor();
    await page.locator('.say-own:not(.say-sending)', { hasText: '断线时写的' }).waitFor();
    expect(await page.getByText('断线时问的').count()).toBe(1 + (await item('c-rain').getByText('断线时问的').count()));
    expect(await own().filter({ hasText: '断线时写的' }).count()).toBe(1);
  });

  it('ends a chat by two steps; Escape takes the first one back', async () => {
    await item('c-rain').click();
    await page.keyboard.press('Alt+X');
    await page.getByRole('button', { name: '确认结束' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '确认结束' }).waitFor({ state: 'detached' });
    expect(gateway.last('close')).toBeUndefined();
    await page.keyboard.press('Alt+X');
    await page.getByRole('button', { name: '确认结束' }).click();
    await page.locator('.note', { hasText: '您结束了会话' }).waitFor();
    await page.locator('.item-over[data-conversation=c-rain]').waitFor();
    expect(await box().count()).toBe(0);
  });

  it('shows text as text, whatever it looks like', async () => {
    await item('c-rain').click();
    const nasty = '<img src=x onerror="document.title=1"><b>bold</b> {{x}} <script>1</script>';
    visitorSays(nasty);
    await page.locator('.say-text').filter({ hasText: nasty }).waitFor();
    expect(await page.locator('.say-text :is(img, b, script)').count()).toBe(0);
  });

  it('shows typing, automatic replies as automatic, and how far the visitor has read', async () => {
    await item('c-rain').click();
    gateway.push({ typing: { conversation: 'c-rain', role: 'ROLE_VISITOR', on: true } });
    await page.locator('.log-typing.on').waitFor();
    expect(await page.locator('.say-auto').count()).toBe(3);
    await page.locator('.say-read').waitFor();
    await box().fill('新的');
    await page.keyboard.press('Enter');
    await page.locator('.say-delivered').waitFor();
    gateway.push({ readMark: { conversation: 'c-rain', role: 'ROLE_VISITOR', seq: 11 } });
    await page.locator('.say-delivered').waitFor({ state: 'detached' });
  });

  it('keeps her place when she reads further up, and says that there is more below', async () => {
    await item('c-rain').click();
    for (let i = 0; i < 12; i++) visitorSays(`第 ${i} 句`);
    await page.locator('.say-text', { hasText: '第 11 句' }).waitFor();
    await page.locator('.log').evaluate((log) => log.scrollTo(0, 0));
    await page.waitForTimeout(100);
    visitorSays('最后一句');
    await page.getByRole('button', { name: '有新消息' }).click();
    await page.getByRole('button', { name: '有新消息' }).waitFor({ state: 'detached' });
  });

  it('shows all keys by ? and closes them by Escape', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('changes its language at work, asks for the wordings of that language, and keeps what is open', async () => {
    await item('c-rain').click();
    await page.getByRole('button', { name: '设置' }).click();
    await page.getByRole('button', { name: /English/ }).click();
    await page.getByText('My chats').waitFor();
    await expect.poll(() => gateway.last('hello')?.['language'], { timeout: 8_000 }).toBe('en');
    await page.getByText('Live').waitFor();
    expect(await page.getByPlaceholder('Write to 小雨').count()).toBe(1);
    expect(await page.locator('.say-visitor').count()).toBe(4);
  });

  it('is dark or light as she likes, and remembers it', async () => {
    await page.getByRole('button', { name: '设置' }).click();
    await page.getByRole('button', { name: '深色' }).click();
    const background = () => page.evaluate(() => getComputedStyle(document.querySelector('.bar')!).backgroundColor);
    expect(await background()).toBe('rgb(24, 28, 35)');
    await page.reload();
    await item('c-rain').waitFor();
    expect(await background()).toBe('rgb(24, 28, 35)');
  });
});

describe('on a phone', () => {
  it('shows the list, then one chat, and the way back; nothing is wider than the screen', async () => {
    await open(PHONE);
    await signIn();
    await item('c-rain').waitFor();
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    gateway.offer(anOffer());
    await page.locator('.offer').waitFor();
    expect(await fits()).toBe(true);
    await item('c-rain').click();
    await page.locator('.log').waitFor();
    expect(await item('c-rain').isVisible()).toBe(false);
    expect(await fits()).toBe(true);
    await page.getByRole('button', { name: '返回列表' }).click();
    expect(await item('c-rain').isVisible()).toBe(true);
  });
});

describe.each([
  ['zh', 'desktop', desktop, 'light'],
  ['en', 'desktop', desktop, 'dark'],
  ['zh', 'phone', PHONE, 'dark'],
  ['en', 'phone', PHONE, 'light'],
] as const)('pictures in %s on a %s', (language, device, options, colorScheme) => {
  it('are taken for people to look at', async () => {
    await open({ ...options, colorScheme, locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
    const shot = async (name: string) => {
      await page.waitForTimeout(250);
      await page.screenshot({ path: join(OUT, `console-${language}-${device}-${name}.png`) });
    };
    await shot('0-sign-in');
    await signIn();
    await item('c-rain').waitFor();
    gateway.offer(anOffer());
    await page.locator('.offer').waitFor();
    await shot('1-list');
    await item('c-rain').click();
    gateway.push({ typing: { conversation: 'c-rain', role: 'ROLE_VISITOR', on: true } });
    await shot('2-chat');
    await box().pressSequentially('/');
    await page.locator('.quick').waitFor();
    await shot('3-quick');
  });
});
