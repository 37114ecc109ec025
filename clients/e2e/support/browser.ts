// Debian's Chromium under Playwright, and the widget's parts by name.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type FrameLocator, type Page } from 'playwright-core';

export const OUT = join(import.meta.dirname, '..', 'out');
export const DIST = join(import.meta.dirname, '..', '..', 'dist');

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** A shopper with a browser of her own. Whatever a page complains of is collected: nothing may. */
export class Shopper {
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    private readonly url: string,
  ) {
    context.on('page', (page) => this.watch(page));
  }

  static async enter(browser: Browser, url: string, language: 'zh' | 'en', options: BrowserContextOptions = DESKTOP): Promise<Shopper> {
    const context = await browser.newContext({ ...options, locale: language === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai' });
    context.setDefaultTimeout(8_000);
    return new Shopper(context, url);
  }

  async tab(): Promise<Tab> {
    const page = await this.context.newPage();
    await page.goto(`${this.url}/`);
    return new Tab(page);
  }

  leave(): Promise<void> {
    return this.context.close();
  }

  private watch(page: Page): void {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // A cut line is part of the play, and the browser always says so itself.
      if (message.type() === 'error' && !/WebSocket|ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
  }
}

/** The shop's page in one tab, and the widget on it. */
export class Tab {
  readonly chat: FrameLocator;

  constructor(readonly page: Page) {
    this.chat = page.frameLocator('switchboard-chat iframe');
  }

  get launcher() {
    return this.page.locator('switchboard-chat .launcher');
  }
  get badge() {
    return this.page.locator('switchboard-chat .badge');
  }
  get box() {
    return this.chat.getByRole('textbox');
  }
  get log() {
    return this.chat.getByRole('log');
  }
  get bubbles() {
    return this.chat.locator('.bubble:not(.typing .bubble)');
  }

  async open(): Promise<this> {
    if ((await this.launcher.getAttribute('aria-expanded')) !== 'true') await this.launcher.click();
    await this.chat.locator('.choose, .log').first().waitFor();
    return this;
  }
  async start(): Promise<this> {
    await this.chat.locator('.go .primary').click();
    await this.log.waitFor();
    return this;
  }
  async say(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press('Enter');
  }
  /** Asks for the line again; it may well be quicker than the click. */
  async reconnect(): Promise<void> {
    await this.chat.locator('.banner button').click({ timeout: 1_000 }).catch(() => undefined);
    await this.chat.locator('.banner').waitFor({ state: 'detached', timeout: 35_000 });
  }
  async reload(): Promise<void> {
    await this.page.reload();
  }
  async photograph(name: string): Promise<void> {
    mkdirSync(OUT, { recursive: true });
    await this.page.waitForTimeout(60);
    await this.page.screenshot({ path: join(OUT, `${name}.png`), animations: 'disabled' });
  }
}
