// The pages of `switchboard simulate` in a real browser, opened from a file: a day and a plan, in both languages, at
// desktop and phone width. They load nothing, complain of nothing, never scroll sideways, and names are only text.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESKTOP, launch, PHONE } from './support/browser';

const BINARY = process.env['SWITCHBOARD'] ?? join(import.meta.dirname, '..', '..', 'build', 'switchboard');
const EVIL = '</script><script>document.title="taken"</script><img src=x onerror=document.title="taken">';
let folder: string;
let browser: Browser;

function simulate(...words: string[]): void {
  execFileSync(BINARY, ['simulate', ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
}

beforeAll(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), 'sb-report-'));
  const day = join(folder, 'day');
  simulate('--generate', day, '--hours', '4');
  const meta = JSON.parse(readFileSync(join(day, 'meta.json'), 'utf8')) as { name: string; personas: string[] };
  meta.name = EVIL;
  writeFileSync(join(day, 'meta.json'), JSON.stringify(meta));
  simulate('--trace', day, '--policy', 'switchboard,fcfs_alis', '--report', join(folder, 'day.html'));
  simulate('--trace', day, '--staff', '--seeds', '3', '--shift-min', '2', '--report', join(folder, 'plan.html'));
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(name: string, options: typeof DESKTOP): Promise<{ page: Page; complaints: string[]; done: () => Promise<void> }> {
  const context = await browser.newContext({ ...options, locale: 'zh-CN' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('request', (request) => request.isNavigationRequest() || complaints.push(request.url()));
  await page.goto(pathToFileURL(join(folder, name)).href);
  return { page, complaints, done: () => context.close() };
}

describe.each(['day.html', 'plan.html'])('S5 the page %s', (name) => {
  it.each([['desktop', DESKTOP], ['phone', PHONE]] as const)('stands by itself on a %s', async (_, options) => {
    const { page, complaints, done } = await open(name, options);
    expect(await page.locator('.chart svg').count()).toBeGreaterThanOrEqual(3);
    expect(await page.locator('.advice li').count()).toBeGreaterThanOrEqual(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await page.locator('main').innerText()).not.toMatch(/undefined|NaN|Infinity|\[object/);
    expect(await page.title()).toContain(EVIL);
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
    await done();
  });

  it('speaks Chinese and English', async () => {
    const { page, done } = await open(name, DESKTOP);
    const chinese = await page.locator('h1').innerText();
    expect(chinese).toMatch(/这一天/);
    await page.getByRole('button', { name: 'English' }).click();
    expect(await page.locator('h1').innerText()).toMatch(/day/);
    expect(await page.locator('main').innerText()).not.toMatch(/undefined|NaN/);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    await done();
  });

  it('tells a half hour under the pointer', async () => {
    const { page, done } = await open(name, DESKTOP);
    const chart = page.locator('.chart svg').first();
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await page.locator('.tip').first().innerText()).toMatch(/\d+:\d\d/);
    await done();
  });
});
