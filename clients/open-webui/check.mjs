// Open WebUI in Chromium, against a server that speaks Ollama's protocol: log in, see the models, chat, stop, regenerate.
//   node check.mjs WEBUI_URL MODEL SCREENSHOT.png
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';

const [url, model, picture] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--no-first-run',
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
page.setDefaultTimeout(90_000);

async function check(name, work) {
  const started = Date.now();
  try {
    await work();
  } catch (e) {
    await page.screenshot({ path: picture.replace(/\.png$/, '-failed.png') });
    throw e;
  }
  console.log(`  ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** The text of the last answer. */
const answer = () => page.locator('.chat-assistant').last().innerText();

async function ask(question) {
  await page.locator('#chat-input').click();
  await page.keyboard.type(question);
  await page.locator('#send-message-button').click();
}

/** Waits until so many answers are whole: then each can be copied. */
async function whole(answers) {
  await page.waitForFunction(
    (n) => document.querySelectorAll('.chat-assistant').length >= n
      && [...document.querySelectorAll('.chat-assistant')].at(-1).innerText.trim().length > 0
      && document.querySelectorAll('.copy-response-button').length >= n
      && !document.querySelector('button[aria-label="Stop"]'),
    answers,
  );
}

await check('the first account is made, and logs in', async () => {
  await page.goto(url);
  const begin = page.getByRole('button', { name: 'Get started' });
  const name = page.locator('input[autocomplete="name"]');
  const email = page.locator('input[autocomplete="email"]');
  await begin.or(email).first().waitFor();
  if (await begin.isVisible()) {
    await begin.click();
    await name.fill('Test');
  }
  await email.fill('test@example.org');
  await page.locator('input[type="password"]').first().fill('a-long-password-1');
  await page.getByRole('button', { name: /^(Create Admin Account|Sign in)$/ }).click();
  await page.locator('#chat-input').waitFor();
  // what is new in this release covers the page once
  const fine = page.getByRole('button', { name: /Okay, Let's Go!/ });
  await fine.click({ timeout: 5000 }).catch(() => {});
});

await check('the models are listed', async () => {
  const selector = page.locator('#model-selector-model-button');
  await selector.click();
  await page.locator('#model-selector-list').getByText(model).first().click();
  assert.match(await selector.innerText(), new RegExp(model));
});

await check('chat', async () => {
  await ask('Name the capital of France in one short sentence.');
  await whole(1);
  assert.match(await answer(), /Paris/);
});

await check('stop', async () => {
  await ask('Tell me a long story about a fisherman and the sea.');
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  await stop.waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('.chat-assistant')].at(-1)?.innerText.length > 20);
  await stop.click();
  await stop.waitFor({ state: 'hidden', timeout: 15_000 });
  const said = await answer();
  await page.waitForTimeout(2000);
  assert.equal(await answer(), said);
});

await check('regenerate', async () => {
  await ask('Say hello.');
  await whole(3);
  // as the page's own shortcut does it; the button itself may stand in a menu
  await page.evaluate(() => [...document.getElementsByClassName('regenerate-response-button')].at(-1).click());
  await page.getByText('2/2').last().waitFor();
  await whole(3);
  assert.ok((await answer()).length > 0);
});

await page.screenshot({ path: picture });
await browser.close();
