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

      await ada.openDialog('Settings');
      await look('settings');
      await ada.closeDialog();

      await bea.button('Share screen').click();
      await ada.sees(bea.name, 'screen');
      await look('screen');
      await bea.button('Stop sharing').click();

      await ada.leave();
      await look('left');
    });

    house.scenario(`what hosts do on a ${screen}, ${colorScheme}`, async () => {
      const context = { viewport, colorScheme, isMobile: screen === 'phone', deviceScaleFactor: 1 };
      const look = (/** @type {import('../support/person.mjs').Person} */ person, /** @type {string} */ page) =>
        inspect(person, `${page}-${screen}-${colorScheme}`);
      const { link, hostLink } = await house.newRoom('Design review');
      const ada = await (await house.open(hostLink, 'Ada Lovelace', context)).join();
      const bea = await (await house.open(link, 'Bea Kowalska', context)).join();
      const [cem] = await house.gather(link, 'Cem Yılmaz');
      await ada.setSwitch('Waiting room', true);
      const dan = await house.open(link, 'Dan Oyelaran', context);
      await dan.page.getByRole('textbox', { name: 'Your name' }).fill(dan.name);
      await dan.button('Join').click();
      await dan.page.getByRole('heading', { name: 'You are at the door' }).waitFor();
      await look(dan, 'waiting');

      await ada.told('Dan Oyelaran is at the door');
      await ada.sees(bea.name);
      await ada.sees(cem.name);
      await cem.button('Raise hand').click();
      await bea.button('Raise hand').click();
      await ada.page.getByRole('figure', { name: 'Bea Kowalska, hand raised' }).waitFor();
      await cem.button('React').click();
      await cem.menuItem('Celebrate').click();
      await ada.tile(cem.name).getByText('🎉').waitFor();
      await look(ada, 'signs');

      const menu = screen === 'phone' ? 'More' : 'React';
      await bea.button(menu).click();
      await bea.menuItem('Applause').waitFor();
      await look(bea, 'menu');
      await bea.page.keyboard.press('Escape');

      const people = await ada.openPanel('People');
      await people.getByRole('region', { name: 'At the door (1)' }).waitFor();
      await look(ada, 'people-host');
      await people.getByRole('button', { name: 'Options for Bea Kowalska' }).click();
      await ada.menuItem('Make host').waitFor();
      await look(ada, 'person-menu');
      await ada.menuItem('Ban…').click();
      await ada.page.getByRole('alertdialog').waitFor();
      await look(ada, 'ban');
      await ada.page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();

      await cem.write('Shall we begin? The agenda: https://conclave.example/agenda');
      await ada.write('In a minute. Somebody is still at the door.');
      await ada.write('Do you know Dan?', { to: bea.name });
      await bea.message('Do you know Dan?').or(bea.button('Chat')).first().waitFor();
      await bea.write('Yes, we asked him to come.', { to: ada.name });
      await bea.write('Good morning everybody 👋');
      await ada.message('Good morning').waitFor();
      await look(ada, 'chat');

      await ada.openDialog('Host controls');
      await ada.page.getByRole('switch', { name: 'Lock microphones' }).setChecked(true);
      await ada.page.getByRole('switch', { name: 'Lock the chat' }).setChecked(true);
      await look(ada, 'host-controls');
      await ada.closeDialog();
      await bea.page.getByRole('complementary', { name: 'Chat' }).getByText('A host has locked the chat.').waitFor();
      await look(bea, 'chat-locked');
      const list = await bea.openPanel('People');
      await list.getByRole('region', { name: 'Locked in this room' }).waitFor();
      await look(bea, 'people-locked');
      await bea.page.keyboard.press('Escape');

      await ada.button('Leave').click();
      await ada.menuItem('End for all').waitFor();
      await look(ada, 'leave-host');
      await ada.page.keyboard.press('Escape');
      await ada.choose(bea.name, 'Remove…');
      await ada.page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
      await bea.page.getByRole('heading', { name: 'A host removed you' }).waitFor();
      await look(bea, 'removed');
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
