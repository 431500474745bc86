// AuditApi's page in a real browser, against the real server: node --test. BASE is the server's address, CHROMIUM the browser, SHOTS a directory.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const { BASE, CHROMIUM, SHOTS } = process.env, bursts = Number(process.env.BURSTS ?? 2);
let browser, page;
const problems = [];

before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  page = await browser.newPage({ viewport: { width: 1280, height: 1010 }, colorScheme: 'light', deviceScaleFactor: 2 });
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) problems.push(message.text()); });
  page.on('pageerror', error => problems.push(String(error)));
  page.on('request', request => { if (!request.url().startsWith(BASE) && !request.url().startsWith('data:')) problems.push(`The page asks for ${request.url()}`); });
  await page.goto(BASE);
});
after(() => browser?.close());

const text = selector => page.locator(selector).innerText();
const rows = () => page.locator('#receipts tr:not(.none)');

test('says that the log is healthy', () => page.locator('#health.good', { hasText: 'durable' }).waitFor());

test('an order that is placed brings a receipt, which is found in the log', async () => {
  await page.getByLabel('Customer').fill('Grace <b>Hopper</b>');
  await page.getByRole('button', { name: 'Place order' }).click();
  await rows().first().filter({ hasText: 'on disk, active segment' }).waitFor();
  assert.match(await rows().first().innerText(), /^[0-9a-f]{12}\s+1\s+[0-9a-f]{8}\s+[0-9a-f]{8}\s+[\d.]+ (µs|ms)\s+on disk, active segment\s+Check$/);
  await rows().first().getByRole('button', { name: 'Check the receipt of order 1' }).click();
  await page.getByRole('dialog').waitFor();
  assert.match(await text('#event-title'), /^Found/);
  const event = JSON.parse(await text('#event-text'));
  assert.equal(event.Customer, 'Grace <b>Hopper</b>');
  assert.equal(event['@seq'], 1);
  await page.getByRole('button', { name: 'Close' }).click();
});

test('an order that the form refuses is not sent, and one that the server refuses is told', async () => {
  await page.getByLabel('Count').fill('0');
  await page.getByRole('button', { name: 'Place order' }).click();
  assert.equal(await page.locator('input:invalid').count(), 1);
  await page.getByLabel('Count').fill('3');
  await page.locator('input[name=customer]').evaluate(input => { input.removeAttribute('maxlength'); input.value = 'x'.repeat(201); });
  await page.getByRole('button', { name: 'Place order' }).click();
  await page.getByRole('alert').filter({ hasText: '400' }).waitFor();
  assert.equal(await rows().count(), 1);
  await page.getByLabel('Customer').fill('Ada');
  problems.splice(0, problems.length, ...problems.filter(p => !p.includes('400'))); // the browser tells of it, too
});

test('a burst is drawn, counted and sealed, and what was shipped is shown in both lanes', async () => {
  await page.getByRole('button', { name: 'Keep ordering' }).click();
  for (let i = 0; i < bursts; i++) {
    await page.getByRole('button', { name: 'Burst' }).click();
    await page.locator('#burst:enabled').waitFor({ timeout: 120_000 });
  }
  await page.locator('#chart[aria-label*="orders became durable"]').waitFor();
  const drawn = await page.locator('#chart').evaluate(canvas => new Set(canvas.getContext('2d').getImageData(120, 0, canvas.width - 120, canvas.height - 60).data).size);
  assert.ok(drawn > 10, `the chart has ${drawn} shades only`);
  assert.ok(Number((await text('#durable')).replaceAll(',', '')) > 1000 * bursts);
  for (const id of ['#median', '#p99']) assert.match(await text(id), /^[\d.]+ (µs|ms)$/);
  await page.locator('#segments .copy.shipped', { hasText: 'verified' }).first().waitFor({ timeout: 60_000 });
  await page.locator('#segments .copy.active').first().waitFor();
  assert.ok(await page.locator('#problem').isHidden());
});

test('is shown in light and in dark, and asks for nothing from elsewhere', async () => {
  await page.waitForFunction(() => Number(document.getElementById('shipped').textContent.replaceAll(',', '')) > 500, null, { timeout: 60_000 });
  await page.getByRole('button', { name: 'Place order' }).click();
  await page.locator('#receipts tr').nth(3).waitFor();
  await page.waitForTimeout(Number(process.env.LINGER ?? 0)); // for a picture with a minute of orders
  await page.screenshot({ path: `${SHOTS}/page-light.png`, fullPage: true });
  const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector('.card')).backgroundColor);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector('.card')).backgroundColor);
  assert.notEqual(light, dark);
  await page.screenshot({ path: `${SHOTS}/page-dark.png`, fullPage: true });
  assert.deepEqual(problems, []);
});

test('fits a telephone', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const wider = await page.evaluate(() => [...document.querySelectorAll('main > *, header')].filter(e => e.getBoundingClientRect().right > 390).map(e => e.className || e.tagName));
  assert.deepEqual(wider, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.screenshot({ path: `${SHOTS}/page-narrow.png`, fullPage: true });
  await page.setViewportSize({ width: 1280, height: 1010 });
});

test('text has the contrast that WCAG asks for, in light and in dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const low = await page.evaluate(() => {
      const parse = c => (/rgba?\(/.test(c) ? c.match(/[\d.]+/g).map(Number) : c.match(/-?[\d.]+/g).map((v, i) => i < 3 ? Number(v) * 255 : Number(v)));
      const luminance = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
      const behind = node => { for (; node; node = node.parentElement) { const c = parse(getComputedStyle(node).backgroundColor); if ((c[3] ?? 1) === 1) return c.slice(0, 3); } return parse(getComputedStyle(document.documentElement).backgroundColor).slice(0, 3); };
      return [...document.querySelectorAll('h1,h2,p,dt,dd,label,button,th,td span,td code,.copy b,.copy span')].filter(e => e.textContent.trim() && e.getClientRects().length && !e.disabled && !e.classList.contains('hidden')).map(e => {
        const [a, b] = [luminance(parse(getComputedStyle(e).color).slice(0, 3)), luminance(behind(e))];
        return [`${e.tagName} '${e.textContent.trim().slice(0, 30)}'`, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
      }).filter(([, ratio]) => ratio < 4.5).map(([what, ratio]) => `${what}: ${ratio.toFixed(2)}`);
    });
    assert.deepEqual(low, [], colorScheme);
  }
});

test('every control has a name, and the keyboard reaches all', async () => {
  const nameless = await page.locator('button, input').evaluateAll(all => all.filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length);
  assert.equal(nameless, 0);
  await page.locator('input[name=customer]').focus();
  const reached = [];
  for (let i = 0; i < 5; i++) { await page.keyboard.press('Tab'); reached.push(await page.evaluate(() => document.activeElement.name || document.activeElement.textContent)); }
  assert.deepEqual(reached, ['sku', 'count', 'Place order', 'Burst of 1,000', 'Keep ordering']);
});
