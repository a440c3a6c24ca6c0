/**
 * A media node that betrays its people: nothing of it is rendered, everybody is told, nothing goes out in the clear,
 * and good pictures come back when it stops.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { packets, unsealed } from '../support/capture.mjs';
import { heard, pictureOf, rendered, watchPaint } from '../support/rendered.mjs';
import { useRogue } from '../support/rogue.mjs';
import { until } from '../support/until.mjs';

/** Betrayed packets of which nothing may be rendered. */
const ENOUGH = 300;
/** Of a good second of sound it is a tenth; filled gaps fade to far less. */
const SILENT = 0.002;

/** @typedef {import('../support/person.mjs').Person} Person @typedef {ReturnType<typeof useRogue>} House */

/** @param {Person[]} people */
async function allMeet(people) {
  const others = (/** @type {Person} */ person) => people.filter((each) => each !== person);
  await Promise.all(people.flatMap((person) => others(person).map(({ name }) => person.sees(name))));
  await Promise.all(people.map((person) => person.hears(people.length - 1)));
}

/** @param {Person} person @param {string} sentence */
const told = (person, sentence) => person.page.getByRole('alert').getByText(sentence).waitFor();

/** Everything that came to the node was sealed. @param {House} house */
async function allWasSealed(house) {
  const look = async () => unsealed(await house.captured());
  const { faults } = await until('enough frames were captured', look, ({ frames }) => frames > 500);
  assert.deepEqual(faults.slice(0, 5), []);
}

/**
 * Begins to betray, and waits until what was sent before has come through.
 * @param {House} house @param {() => Promise<unknown>} look
 */
async function betray(house, look) {
  await house.begin();
  const two = async () => {
    const before = JSON.stringify(await look());
    await house.betrays(60);
    return before === JSON.stringify(await look());
  };
  await until('nothing more is let through than what was under way', two, Boolean);
}

/** @param {Person[]} people */
const letThrough = (people) => Promise.all(people.map(async (person) => (await rendered(person)).let));

/**
 * While enough is betrayed nothing new is rendered by these people, though it arrives.
 * @param {House} house @param {Person[]} victims @param {string} sentence What they are told meanwhile.
 */
async function nothingIsRendered(house, victims, sentence) {
  const look = () => Promise.all(victims.map(async (victim) => ({ name: victim.name, ...(await rendered(victim)) })));
  const before = await look();
  await house.betrays(ENOUGH);
  await Promise.all(victims.map((victim) => told(victim, sentence)));
  const after = await look();
  for (const { name, ...now } of after) {
    const then = before.find((each) => each.name === name) ?? assert.fail();
    assert.ok(now.packets > then.packets + 50, `only ${now.packets - then.packets} packets arrived at ${name}`);
    assert.deepEqual(now.let, then.let, `${name} let something through`);
    assert.ok(now.energy < then.energy + SILENT, `${name} heard ${now.energy - then.energy}`);
  }
}

/** @param {House} house @param {import('node:test').TestContext} t @param {Person[]} people */
async function goodAgain(house, t, people) {
  await house.end();
  await allMeet(people);
  await allWasSealed(house);
  t.diagnostic(JSON.stringify(await house.counters()));
  for (const person of people) assert.deepEqual(person.complaints, [], person.name);
}

const FOREIGN = 'Sound or picture that is not encrypted with your key was kept out.';
const TAMPERED = 'Sound or picture that was changed on its way was kept out.';

for (const [mode, sentence] of /** @type {const} */ ([['strip', FOREIGN], ['bitflip', TAMPERED]])) {
  describe(`a node that betrays: ${mode}`, () => {
    const house = useRogue(mode);

    house.scenario(`${mode}: nothing is rendered, people are told, and it heals`, async (t) => {
      const { link } = await house.newRoom('Board');
      const people = await house.gather(link, 'Ada', 'Bea');
      await allMeet(people);
      await betray(house, () => letThrough(people));
      await nothingIsRendered(house, people, sentence);
      await goodAgain(house, t, people);
    });
  });
}

describe('a node that betrays: inject', () => {
  const house = useRogue('inject');

  house.scenario('inject: no picture in the clear is ever painted, people are told, and it heals', async (t) => {
    const { link } = await house.newRoom('Board');
    const people = await house.gather(link, 'Ada', 'Bea');
    await allMeet(people);
    const [ada, bea] = people;
    const paints = await Promise.all([watchPaint(ada, 'Bea'), watchPaint(bea, 'Ada')]);
    for (const paint of paints) await until('genuine pictures are painted', paint, ({ painted }) => painted > 0);
    await betray(house, () => letThrough(people));
    await nothingIsRendered(house, people, FOREIGN);
    await goodAgain(house, t, people);
    for (const paint of paints) assert.equal((await paint()).magenta, 0);
  });

  house.scenario('without encryption the same picture is painted, and what is sent is readable', async () => {
    const before = (await house.captured()).length;
    const { link } = await house.newRoom('Open', false);
    const people = await house.gather(link, 'Ada', 'Bea');
    await allMeet(people);
    const paint = await watchPaint(people[1], 'Ada');
    await house.begin();
    await until('the injected picture is painted', paint, ({ magenta }) => magenta > 0);
    await house.end();
    const { frames, faults } = unsealed((await house.captured()).subarray(before));
    assert.ok(faults.length > frames / 2, `${faults.length} of ${frames} frames are found to be in the clear`);
  });
});

describe('a node that betrays: replay', () => {
  const house = useRogue('replay');

  /** Waits until the node has kept what it replays: some seconds of every stream. @param {Person[]} people */
  async function kept(people) {
    const start = await heard(people);
    await until('four seconds are heard', () => heard(people), (now) => now > start + 4 * 48_000);
  }

  house.scenario('replay: nothing old is rendered, people are told, and it heals', async (t) => {
    const { link } = await house.newRoom('Board');
    const people = await house.gather(link, 'Ada', 'Bea');
    await allMeet(people);
    await kept(people);
    await betray(house, () => letThrough(people));
    await nothingIsRendered(house, people, 'Sound or picture that was sent before was kept out.');
    await goodAgain(house, t, people);
  });

  house.scenario('without encryption the same pictures and sounds are rendered again', async () => {
    const { link } = await house.newRoom('Open', false);
    const people = await house.gather(link, 'Ada', 'Bea');
    await allMeet(people);
    await kept(people);
    await house.begin();
    await house.betrays(ENOUGH);
    const before = await rendered(people[0]);
    const isMore = (/** @type {typeof before} */ { decoded, energy }) => decoded > before.decoded + 5 && energy > before.energy + 5 * SILENT;
    await until('old pictures are shown and old sounds are heard', () => rendered(people[0]), isMore);
    await house.end();
  });
});

describe('a node that betrays: swap', () => {
  const house = useRogue('swap');

  house.scenario('swap: nobody is shown or heard as somebody else, people are told, and it heals', async (t) => {
    const { link } = await house.newRoom('Board');
    // The first two pass for each other, and Cem for himself.
    const people = await house.gather(link, 'Ada', 'Bea', 'Cem');
    await allMeet(people);
    const [ada, bea, cem] = people;
    const sentence = 'Sound or picture under somebody else’s name was kept out.';
    const pictures = () => Promise.all([pictureOf(ada, 'Bea'), pictureOf(bea, 'Ada'), letThrough([cem])]);
    await betray(house, pictures);
    const before = await pictures();
    await nothingIsRendered(house, [cem], sentence);
    await Promise.all([told(ada, sentence), told(bea, sentence)]);
    assert.deepEqual(await pictures(), before, 'somebody was shown as somebody else');
    // Whom the node leaves alone is seen all the time.
    await Promise.all([ada.sees('Cem'), bea.sees('Cem')]);
    await goodAgain(house, t, people);
  });
});

describe('an edge that claims midway that a room is not encrypted', () => {
  const house = useRogue('capture');

  house.scenario('the page stops, says so, and sends nothing any more', async () => {
    const { link } = await house.newRoom('Board');
    const people = await house.gather(link, 'Ada', 'Bea');
    await allMeet(people);
    const [ada, bea] = people;
    await bea.page.route('**/v1/rejoin', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), encryption: { mode: 'off' } } });
    });
    await bea.page.evaluate(() => {
      const peer = Reflect.get(window, 'conclaveProbe').peers.at(-1);
      Object.defineProperty(peer, 'connectionState', { get: () => 'failed', configurable: true });
      peer.dispatchEvent(new Event('connectionstatechange'));
    });
    await bea.page.getByRole('heading', { name: 'This is not the meeting that your link promises' }).waitFor();
    assert.ok(bea.requests.includes('POST /v1/rejoin'), bea.requests.join());
    // While Ada goes on to send, nothing comes of anybody else.
    const counts = async () => {
      /** @type {Map<bigint, number>} */
      const of = new Map();
      for (const { from } of packets(await house.captured())) of.set(from, (of.get(from) ?? 0) + 1);
      return of;
    };
    const before = await counts();
    const grown = async () => {
      const now = await counts();
      return [...now].map(([peer, count]) => count - (before.get(peer) ?? 0)).filter((more) => more > 0);
    };
    const more = await until('Ada sends', grown, (all) => Math.max(0, ...all) > 200);
    assert.equal(more.length, 1, `packets of ${more.length} connections came: ${more}`);
    await ada.tile('Bea').waitFor({ state: 'detached' });
    await allWasSealed(house);
  });
});
