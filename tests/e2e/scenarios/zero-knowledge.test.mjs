/**
 * What servers learn of an encrypted meeting: nothing of what people say, show, write, send or are called.
 *
 * Everything that the edge, NATS and the media node receive from real pages is kept after the transport's encryption, and
 * the memory of all processes is read while the meeting is on. What the people's pages had before they sealed it is
 * searched in all of that. What one server tells another it got there; so their own connections need no tap.
 *
 * The same meeting without encryption is held as well: there the same search finds it in the same places.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Application } from '../support/application.mjs';
import { openBrowser } from '../support/browser.mjs';
import { Person } from '../support/person.mjs';
import { encoded, Search, written } from '../support/plaintexts.mjs';
import { startTapped } from '../support/tapped.mjs';
import { until } from '../support/until.mjs';
import { speechLike } from '../support/wave.mjs';
import { seenBy, witness } from '../support/witness.mjs';

/** @typedef {import('../support/plaintexts.mjs').Plaintext} Plaintext */

/** Frames of each kind, no two alike, by which media are known. */
const FRAMES = 50;
const FILE_BYTES = 200_000;

/**
 * How much at least is where in a meeting without encryption, so that the search there is known to work.
 * @type {Record<string, Record<string, number>>}
 */
const IN_THE_CLEAR = {
  'requests to the edge': { title: 1, name: 3 },
  'messages of NATS': { chat: 1, 'private message': 1, 'file name': 1, name: 1 },
  'media at the node': { picture: FRAMES, sound: FRAMES },
  'messages at the node': { file: 1, chat: 1 },
  'memory of edge': { title: 1, name: 1 },
  'memory of nats': { chat: 1, 'private message': 1, name: 1 },
  'memory of node': { chat: 1, 'private message': 1, file: 1, name: 1, picture: 1, sound: 1 },
};

/** @type {Awaited<ReturnType<typeof startTapped>>} */
let system;
/** @type {import('playwright-core').Browser} */
let browser;
let folder = '';
/** @type {Person[]} */
let present = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conclave-voice-'));
  const voice = join(folder, 'voice.wav');
  await writeFile(voice, speechLike());
  system = await startTapped();
  // Few pictures are enough, and leave time to look.
  const flags = [`--use-file-for-fake-audio-capture=${voice}`, '--use-fake-device-for-media-stream=fps=5'];
  browser = await openBrowser({ flags });
});
afterEach(async () => {
  await Promise.all(present.map((person) => person.close()));
  present = [];
});
after(async () => {
  await browser?.close();
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Letters that are nowhere else. @param {string} [word] */
const unique = (word = '') => `${word}${randomBytes(9).toString('hex')}`;

/** Opens a room in a page that is watched. @param {string} link @param {string} name @param {boolean} encrypted */
async function open(link, name, encrypted) {
  const person = await Person.open(browser, 'about:blank', name, { bypassCSP: !encrypted });
  present.push(person);
  await witness(person.context, { encrypted });
  await person.page.goto(link);
  return person;
}

/** What people of one meeting write and send. */
function contents() {
  const [chat, whisper, file, marker] = [unique('chat'), unique('whisper'), unique('file'), randomBytes(32)];
  const texts = [written('chat', chat), written('private message', whisper), written('file name', file)];
  return { chat, whisper, file, marker, plaintexts: [...texts, written('file', marker)] };
}

/** What is searched in a meeting, and how much of it was anywhere at any time. */
class Watch {
  /** Most plaintexts at once, by place and name. @type {Record<string, Record<string, number>>} */
  found = {};
  /** Those who are there. @type {Person[]} */
  people = [];
  bytes = 0;
  most = 0;

  /** @param {Plaintext[]} plaintexts Besides frames. */
  constructor(plaintexts) {
    this.plaintexts = plaintexts;
  }

  /** Searches now. What a program reads next is written over what it read before: so, soon after something was sent. */
  async look() {
    // Before the frames are asked for, so that the last ones are known that are in memory.
    const memory = await system.memory();
    const all = [...this.plaintexts, ...(await framesOf(this.people))];
    const needles = new Search(all);
    this.most = Math.max(this.most, all.length);
    for (const { name: place, parts } of [...(await system.received()), ...memory]) {
      this.bytes += parts.reduce((sum, { length }) => sum + length, 0);
      for (const [name, count] of Object.entries(needles.count(parts))) {
        const there = (this.found[place] ??= {});
        there[name] = Math.max(there[name] ?? 0, count);
      }
    }
  }
}

/** All frames of these people so far, once they are enough. @param {Person[]} people */
async function framesOf(people) {
  const seen = async () => {
    const all = await Promise.all(people.map(seenBy));
    const different = (/** @type {'picture' | 'sound'} */ what) => [...new Set(all.flatMap((each) => each[what]))];
    return { picture: different('picture'), sound: different('sound') };
  };
  const { picture, sound } = await until('enough frames are encoded', seen, (now) => {
    return now.picture.length >= FRAMES && now.sound.length >= FRAMES;
  });
  const named = (/** @type {string} */ name) => (/** @type {string} */ hex) => encoded(name, Buffer.from(hex, 'hex'));
  return [...picture.map(named('picture')), ...sound.map(named('sound'))];
}

/**
 * Two people see and hear each other, write, and send a file.
 * @param {Watch} watch @param {Person} ada @param {Person} bea @param {ReturnType<typeof contents>} contents
 */
async function confer(watch, ada, bea, { chat, whisper, file, marker }) {
  watch.people.push(ada, bea);
  await Promise.all([ada.sees(bea.name), bea.sees(ada.name), ada.hears(1), bea.hears(1)]);
  await bea.openPanel('Chat');
  await talk(watch, ada, bea, { chat, whisper });
  const buffer = Buffer.alloc(FILE_BYTES, marker);
  await ada.page.locator('input[type=file]').setInputFiles([{ name: file, mimeType: 'application/octet-stream', buffer }]);
  await ada.button('Send').click();
  await bea.button(`Fetch ${file}`).click();
  await bea.button(`Save ${file}`).waitFor();
  await watch.look();
}

/** @param {Watch} watch @param {Person} ada @param {Person} bea @param {{ chat: string, whisper: string }} texts */
async function talk(watch, ada, bea, { chat, whisper }) {
  await ada.write(chat);
  await bea.message(chat).last().waitFor();
  await watch.look();
  await bea.write(whisper, { to: ada.name });
  await ada.message(whisper).last().waitFor();
  await watch.look();
}

/**
 * A meeting by an invitation of the start page, with somebody who comes late: what was written is told to them by one
 * of those who were there.
 * @param {{ encrypted: boolean }} options
 */
async function meet({ encrypted }) {
  const title = unique('Board');
  const { link } = await system.newRoom(title, encrypted);
  const key = new URLSearchParams(new URL(link).hash.slice(1)).get('k');
  const names = { ada: unique('Ada'), bea: unique('Bea'), cem: unique('Cem') };
  const said = contents();
  const known = [written('title', title), ...Object.values(names).map((name) => written('name', name))];
  if (key) known.push(written('key', Buffer.from(key, 'base64url')));
  const watch = new Watch([...said.plaintexts, ...known]);
  const come = async (/** @type {string} */ name) => (await open(link, name, encrypted)).join();
  const [ada, bea] = [await come(names.ada), await come(names.bea)];
  await confer(watch, ada, bea, said);
  const cem = await come(names.cem);
  watch.people.push(cem);
  await cem.openPanel('Chat');
  await cem.message(said.chat).waitFor();
  return { watch, ada, bea, said };
}

/**
 * Nothing was anywhere, the secret included that keys are made of.
 * @param {import('node:test').TestContext} t @param {Watch} watch
 */
async function assertUnknown(t, watch) {
  const secrets = (await Promise.all(watch.people.map(seenBy))).map(({ secret }) => secret);
  for (const each of secrets) assert.notEqual(each.length, 0, 'a page was given no secret');
  for (const hex of new Set(secrets.flat())) watch.plaintexts.push(written('secret', Buffer.from(hex, 'hex')));
  await watch.look();
  t.diagnostic(`up to ${watch.most} plaintexts in ${watch.bytes} bytes`);
  assert.deepEqual(watch.found, {});
}

test('of a meeting with a key link, servers learn nothing', async (t) => {
  const { watch } = await meet({ encrypted: true });
  await assertUnknown(t, watch);
});

test('of a meeting with a passphrase, servers learn nothing but what the application told them', async (t) => {
  const passphrase = `tulip ${unique()} anchor`;
  const application = new Application(await system.connection());
  await application.create('consultation', { room_features: { end_to_end_encryption_features: { is_enabled: true } } });
  const enter = async (/** @type {string} */ name) => {
    const person = await open(await application.link('consultation', name), name, true);
    await person.page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await person.button('Join').click();
    await person.inMeeting();
    return person;
  };
  const said = contents();
  const watch = new Watch([...said.plaintexts, written('passphrase', passphrase)]);
  await confer(watch, await enter('Ada'), await enter('Bea'), said);
  await assertUnknown(t, watch);
});

test('of a meeting without encryption, the same search finds everything in the same places', async (t) => {
  const { watch, ada, bea, said } = await meet({ encrypted: false });
  const missing = () =>
    Object.entries(IN_THE_CLEAR).flatMap(([place, least]) => {
      const few = Object.entries(least).filter(([name, count]) => (watch.found[place]?.[name] ?? 0) < count);
      return few.map(([name]) => `${name} in ${place}`);
    });
  // Whether something is still in memory is chance: a program may have written over it. So it is said again.
  const again = async () => {
    if (missing().length > 0) await talk(watch, ada, bea, said);
    return missing();
  };
  await watch.look();
  await until('everything is found', again, (names) => names.length === 0);
  t.diagnostic(`up to ${watch.most} plaintexts in ${watch.bytes} bytes: ${JSON.stringify(watch.found)}`);
});
