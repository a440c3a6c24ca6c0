/** How it looks and whether everybody can use it: axe, and screenshots of every size and scheme. */
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { useHouse } from '../support/house.mjs';
import { until } from '../support/until.mjs';

const OUTPUT = new URL('../../../test-output/', import.meta.url).pathname;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const house = useHouse();

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

for (const [screen, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    house.scenario(`start, lobby and meeting on a ${screen}, ${colorScheme}`, async () => {
      const context = { viewport, colorScheme, isMobile: screen === 'phone', deviceScaleFactor: 1 };
      const ada = await house.open(`${house.url}/`, 'Ada Lovelace', context);
      const look = (/** @type {string} */ page) => inspect(ada, `${page}-${screen}-${colorScheme}`);
      await ada.button('Create a room').waitFor();
      await look('start');

      await ada.page.getByRole('textbox', { name: 'Name of the meeting (optional)' }).fill('Design review');
      await ada.button('Create a room').click();
      await ada.page.getByRole('textbox', { name: 'Your name' }).fill(ada.name);
      const preview = ada.page.getByLabel('Your camera’s picture');
      const painted = () => preview.evaluate((video) => video instanceof HTMLVideoElement && video.readyState >= 2);
      await until('the preview shows a picture', painted, (yes) => yes);
      await look('lobby');
      const link = ada.page.url();
      await ada.join();
      await look('alone');

      const [bea, cem] = await house.gather(link, 'Bea Kowalska', 'Cem Yılmaz');
      await ada.sees(bea.name);
      await ada.sees(cem.name);
      await cem.button('Mute').click();
      await ada.page.getByRole('figure', { name: 'Cem Yılmaz, muted' }).waitFor();
      await look('meeting');
      await cem.button('Stop camera').click();
      await ada.tile(cem.name).locator('video').waitFor({ state: 'detached' });

      await ada.button('People').click();
      await ada.page.getByRole('heading', { name: 'People (3)' }).waitFor();
      await look('people');
      await ada.page.keyboard.press('Escape');

      await ada.button('Settings').click();
      await ada.page.getByRole('dialog', { name: 'Settings' }).waitFor();
      await look('settings');
      await ada.page.keyboard.press('Escape');

      await bea.button('Share screen').click();
      await ada.sees(bea.name, 'screen');
      await look('screen');
      await bea.button('Stop sharing').click();

      await ada.button('Leave').click();
      await ada.page.getByRole('heading', { name: 'You left the meeting' }).waitFor();
      await look('left');
    });
  }
}

/**
 * Takes a picture; nothing may be cut off sideways, nor axe find anything that keeps people out.
 * @param {import('../support/person.mjs').Person} person @param {string} name
 */
async function inspect({ page }, name) {
  await mkdir(OUTPUT, { recursive: true });
  await page.screenshot({ path: `${OUTPUT}${name}.png` });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(sideways <= 0, `${name} scrolls sideways by ${sideways} px`);
  // By evaluation: the page's policy lets no other script in.
  await page.evaluate(axe);
  const found = await page.evaluate(() => {
    /** @type {import('axe-core').AxeResults} */
    const results = Reflect.get(window, 'axe').run(document);
    return results;
  });
  const violations = found.violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map(({ html }) => html) }));
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(grave, [], name);
  for (const { id, impact, at } of violations) console.log(`# ${name}: ${impact}: ${id} at ${at[0]}`);
}
