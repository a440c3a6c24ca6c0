/** End-to-end encryption between real browsers: who holds the key sees and hears, who does not is told. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Application } from '../support/application.mjs';
import { useHouse } from '../support/house.mjs';
import { until } from '../support/until.mjs';

const house = useHouse();
const ENCRYPTED = { end_to_end_encryption_features: { is_enabled: true } };
const PASSPHRASE = 'tulip anchor velvet oboe';

/** @typedef {import('../support/person.mjs').Person} Person */

/** The words that somebody would read aloud. @param {Person} person */
async function words(person) {
  await person.page.getByRole('button', { name: 'End-to-end encrypted' }).click();
  const read = await until(`${person.name} has words`, () => person.page.locator('.words li').allTextContents(), (six) => six.length === 6);
  await person.page.keyboard.press('Escape');
  return read;
}

/** Comes in with a passphrase. @param {Person} person @param {string} passphrase */
async function enter(person, passphrase) {
  await person.page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await person.button('Join').click();
  await person.inMeeting();
}

/** @param {Person} person @param {string} name @param {Buffer} bytes @param {{ to?: string }} [options] */
async function offer(person, name, bytes, { to } = {}) {
  const panel = await person.openPanel('Chat');
  if (to) await panel.getByRole('combobox', { name: 'To' }).selectOption(to);
  await person.page.locator('input[type=file]').setInputFiles([{ name, mimeType: 'application/octet-stream', buffer: bytes }]);
  await person.button('Send').click();
}

/** Fetches and saves a file; its bytes. @param {Person} person @param {string} name */
async function fetched(person, name) {
  await person.openPanel('Chat');
  await person.button(`Fetch ${name}`).click();
  await person.button(`Save ${name}`).waitFor({ timeout: 60_000 });
  const [download] = await Promise.all([person.page.waitForEvent('download'), person.button(`Save ${name}`).click()]);
  return readFile(await download.path());
}

const sha256 = (/** @type {Buffer} */ bytes) => createHash('sha256').update(bytes).digest('hex');

house.scenario('people of a key link see, hear and read each other, and have the same words', async () => {
  const { link } = await house.newRoom('Board');
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await Promise.all([ada.sees('Bea'), bea.sees('Ada'), ada.hears(1), bea.hears(1)]);
  await ada.write('the minutes are in the safe');
  await bea.openPanel('Chat');
  await bea.message('the minutes are in the safe').waitFor();
  await bea.write('which safe', { to: 'Ada' });
  await ada.message('which safe').waitFor();
  assert.deepEqual(await words(ada), await words(bea));
  await ada.page.reload();
  await ada.inMeeting();
  await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
  for (const person of [ada, bea]) assert.deepEqual(person.complaints, [], person.name);
});

house.scenario('a Chromium of before the standard meets one of today', async () => {
  const { link } = await house.newRoom('Board');
  const ada = await house.open('about:blank', 'Ada');
  await ada.page.addInitScript(() => Reflect.deleteProperty(window, 'RTCRtpScriptTransform'));
  await ada.page.goto(link);
  await ada.join();
  const [bea] = await house.gather(link, 'Bea');
  await Promise.all([ada.sees('Bea'), bea.sees('Ada'), ada.hears(1), bea.hears(1)]);
});

house.scenario('without its worker a page sends nothing more', async () => {
  const { link } = await house.newRoom('Board');
  const ada = await house.open('about:blank', 'Ada');
  await ada.page.addInitScript(() => {
    const Native = window.Worker;
    window.Worker = class extends Native {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        Reflect.set(window, 'encryptionWorker', this);
      }
    };
  });
  await ada.page.goto(link);
  await ada.join();
  const [bea] = await house.gather(link, 'Bea');
  await bea.sees('Ada');
  await ada.page.evaluate(() => Reflect.get(window, 'encryptionWorker').terminate());
  const sent = () => ada.page.evaluate(() => Reflect.get(window, 'conclaveProbe').outboundMedia());
  await ada.page.getByRole('heading', { name: 'This browser cannot encrypt end to end' }).waitFor();
  // Two looks apart: Bea's own packets are the clock.
  const clock = () => bea.page.evaluate(() => Reflect.get(window, 'conclaveProbe').outboundMedia());
  const still = async () => {
    const [before, start] = [await sent(), await clock()];
    await until('Bea goes on', clock, (now) => now.packets > start.packets + 100);
    return (await sent()).payload - before.payload;
  };
  // Fewer than before: the page has closed its connection.
  await until('Ada sends nothing any more', still, (bytes) => bytes <= 0);
});

house.scenario('who has another key sees, hears and reads nothing, and all are told', async () => {
  const { link } = await house.newRoom('Board');
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
  const dan = await (await house.open(link.replace(/k=[\w-]+/, `k=${'A'.repeat(43)}`), 'Dan')).join();
  await dan.page.getByText('Nobody here has the same key as you').waitFor();
  await ada.page.getByRole('figure', { name: /has another key/ }).first().waitFor();
  await ada.write('not for Dan');
  await dan.openPanel('Chat');
  await dan.page.getByText('A message that your key does not open').waitFor();
  const bytes = () => dan.page.evaluate(() => Reflect.get(window, 'conclaveProbe').inboundMedia());
  const before = await bytes();
  // Ciphertext arrives, and nothing of it is decoded.
  const after = await until('media arrive at Dan', bytes, (now) => now.packets > before.packets + 100);
  assert.deepEqual([after.frames, after.energy], [0, 0]);
  await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
});

house.scenario('a passphrase opens a room of an application, also after a reload; a wrong one does not', async () => {
  const application = new Application(await house.connection());
  await application.create('consultation', { room_features: ENCRYPTED });
  const open = async (/** @type {string} */ name) => house.open(await application.link('consultation', name), name);
  const ada = await open('Ada');
  await ada.button('Join').click();
  await ada.page.getByText('Type the passphrase').waitFor();
  await enter(ada, PASSPHRASE);
  const bea = await open('Bea');
  // As another keyboard writes it: white space around it, and another normal form.
  await enter(bea, ` ${PASSPHRASE.normalize('NFD')} `);
  await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
  const dan = await open('Dan');
  await enter(dan, 'tulip anchor velvet');
  await dan.page.getByText('Nobody here has the same key as you').waitFor();
  await bea.page.reload();
  await bea.inMeeting();
  await Promise.all([ada.sees('Bea'), bea.sees('Ada')]);
});

house.scenario('a server that says that an encrypted room is none is not believed', async () => {
  const { link } = await house.newRoom('Board', false);
  const refused = async (/** @type {string} */ address) => {
    const eve = await house.open('about:blank', 'Eve');
    await eve.page.goto(address);
    await eve.page.getByRole('heading', { name: 'This is not the meeting that your link promises' }).waitFor();
    assert.deepEqual(eve.requests, ['POST /v1/invite']);
  };
  await refused(`${link}&k=${randomBytes(32).toString('base64url')}`);
  await refused(`${link}&p=1`);

  // The token says that the room is encrypted, and the answer to the join that it is not.
  const encrypted = await house.newRoom('Board');
  const bea = await house.open('about:blank', 'Bea');
  await bea.page.route('**/v1/join', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), encryption: { mode: 'off' } } });
  });
  await bea.page.goto(encrypted.link);
  await bea.page.getByRole('textbox', { name: 'Your name' }).fill('Bea');
  await bea.button('Join').click();
  await bea.page.getByRole('heading', { name: 'This is not the meeting that your link promises' }).waitFor();
  const sent = await bea.page.evaluate(() => Reflect.get(window, 'conclaveProbe').outboundMedia());
  assert.equal(sent.packets, 0);
});

house.scenario('files go from one to another, and only to whom they are for', async () => {
  const { link } = await house.newRoom('Board');
  const [ada, bea, cem] = await house.gather(link, 'Ada', 'Bea', 'Cem');
  const plan = randomBytes(3_000_000);
  await offer(ada, 'plan.bin', plan);
  assert.equal(sha256(await fetched(bea, 'plan.bin')), sha256(plan));
  await offer(ada, 'diagnosis.bin', randomBytes(20_000), { to: 'Cem' });
  assert.equal((await fetched(cem, 'diagnosis.bin')).length, 20_000);
  assert.equal(await bea.page.getByText('diagnosis.bin').count(), 0);
});

house.scenario('who comes late is told what was written, and a device keeps what its person wants kept', async () => {
  const { link } = await house.newRoom('Board');
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await ada.write('decided: yes');
  const cem = await (await house.open(link, 'Cem')).join();
  await cem.openPanel('Chat');
  await cem.page.getByText('Before you came, told by').waitFor();
  await cem.message('decided: yes').waitFor();

  const settings = await bea.openDialog('Settings');
  await settings.getByLabel('Keep chat history').selectOption('week');
  await bea.closeDialog();
  await ada.write('decided: tomorrow');
  await bea.openPanel('Chat');
  await bea.message('decided: tomorrow').waitFor();
  const stored = async () =>
    bea.page.evaluate(async () => {
      const open = indexedDB.open('conclave-device');
      await new Promise((resolve) => (open.onsuccess = resolve));
      const names = [...open.result.objectStoreNames];
      const read = names.map((name) => open.result.transaction(name).objectStore(name).getAll());
      const all = await Promise.all(read.map((each) => new Promise((resolve) => (each.onsuccess = () => resolve(each.result)))));
      open.result.close();
      const text = (/** @type {unknown} */ value) => (value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? new TextDecoder('latin1').decode(value) : value);
      return JSON.stringify(all, (_, value) => text(value));
    });
  await until('something is kept', stored, (all) => all.length > 500);
  assert.ok(!(await stored()).includes('tomorrow'), 'what is kept is readable');
  await bea.page.reload();
  await bea.inMeeting();
  await bea.openPanel('Chat');
  await bea.message('decided: tomorrow').waitFor();
  assert.equal(await bea.message('decided: tomorrow').count(), 1);
});

house.scenario('everybody sees who records on their device', async () => {
  const { link } = await house.newRoom('Board');
  const [ada, bea] = await house.gather(link, 'Ada', 'Bea');
  await ada.sees('Bea');
  // Without a dialog of the system's, which nobody could answer here.
  await ada.page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  await ada.button('More').click();
  await ada.menuItem('Record on this device').click();
  await ada.button('Start recording').click();
  const sign = bea.page.locator('.recording-sign').getByText('Ada records on their device');
  await sign.waitFor();
  const cem = await (await house.open(link, 'Cem')).join();
  await cem.page.locator('.recording-sign').getByText('Ada records on their device').waitFor();
  await until('something is recorded', () => ada.page.locator('.stop-recording').isVisible(), Boolean);
  const [download] = await Promise.all([ada.page.waitForEvent('download'), ada.page.locator('.stop-recording').click()]);
  const recorded = await readFile(await download.path());
  // EBML's magic number: a WebM file, with something in it.
  assert.equal(recorded.subarray(0, 4).toString('hex'), '1a45dfa3');
  assert.ok(recorded.length > 10_000, `${recorded.length} bytes`);
  await sign.waitFor({ state: 'detached' });
});
