/**
 * How long joining takes: from the click on Join to the first remote frame on the screen and the
 * first remote sound, and what it costs. Prints a table, and one line of JSON for programs.
 *
 *     node bench-join.mjs [--runs 12] [--link URL] [--rtt 100 | --no-relay]
 *
 * Without --link it starts `$CONCLAVE_BIN up`, and `$CONCLAVE_RELAY` for the slow link.
 */
import { parseArgs } from 'node:util';
import { openBrowser } from './support/browser.mjs';
import { Person } from './support/person.mjs';
import { startRelayed } from './support/relay.mjs';
import { installStopwatch } from './support/stopwatch.mjs';
import { startSystem } from './support/system.mjs';
import { until } from './support/until.mjs';

/**
 * Milliseconds after the click, and what it cost.
 * @typedef {{ answer: number, ice: number, secure: number, sound: number, frame: number, requests: number, offerBytes: number }} Run
 */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '12' },
    link: { type: 'string' },
    rtt: { type: 'string', default: '100' },
    'no-relay': { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const rtt = Number(values.rtt);

const browser = await openBrowser();
try {
  const report = values.link
    ? { link: await measure(values.link) }
    : {
        loopback: await measureAt(() => startSystem()),
        ...(values['no-relay'] ? {} : { [`rtt${rtt}`]: await measureAt(() => startRelayed(rtt / 2)) }),
      };
  console.table(report);
  console.log(JSON.stringify({ bench: 'join', runs, ...report }));
  for (const [link, row] of Object.entries(report)) judge(link, row);
} finally {
  await browser.close();
}

/**
 * Says which bars were met; a missed one fails the bench.
 *
 * @param {string} link
 * @param {Record<string, number | undefined>} row
 */
function judge(link, row) {
  const bars = { 'requests to join': 1, 'first frame ms (median)': link === 'loopback' ? 350 : 900 };
  for (const [what, bar] of Object.entries(bars)) {
    const met = (row[what] ?? Infinity) <= bar;
    console.log(`${met ? 'met   ' : 'MISSED'} ${link}, ${what}: ${row[what]} (at most ${bar})`);
    if (!met) process.exitCode = 1;
  }
}

/** @param {() => Promise<import('./support/system.mjs').System>} start */
async function measureAt(start) {
  const system = await start();
  try {
    return await measure(system.link);
  } finally {
    await system.stop();
  }
}

/** @param {string} link */
async function measure(link) {
  const host = await (await Person.open(browser, link, 'Host')).join();
  /** @type {Run[]} */
  const all = [];
  for (let i = 0; i < runs; i++) {
    all.push(await joinOnce(link));
    await host.tile('Guest').waitFor({ state: 'detached' });
  }
  await host.close();
  const of = (/** @type {keyof Run} */ key) => all.map((run) => run[key]).sort((a, b) => a - b);
  return {
    'requests to join': of('requests').at(-1),
    'offer bytes': median(of('offerBytes')),
    'answer ms': Math.round(median(of('answer'))),
    'path ms': Math.round(median(of('ice'))),
    'keys ms': Math.round(median(of('secure'))),
    'first frame ms (median)': Math.round(median(of('frame'))),
    'first frame ms (worst)': Math.round(of('frame').at(-1) ?? 0),
    'first sound ms (median)': Math.round(median(of('sound'))),
  };
}

/** @param {string} link @returns {Promise<Run>} */
async function joinOnce(link) {
  const guest = await Person.open(browser, 'about:blank', 'Guest');
  await guest.page.addInitScript(installStopwatch);
  await guest.page.goto(link);
  await guest.page.getByRole('textbox', { name: 'Your name' }).fill(guest.name);
  const read = () => guest.page.evaluate(() => Reflect.get(window, 'conclaveStopwatch').read());
  // As after a person's first look: preview shown, token there, offer made.
  await until('the lobby is ready', read, ({ lobbyReady }) => lobbyReady);
  const before = guest.requests.length;
  await guest.button('Join').click();
  const times = await until(
    'a frame and a sound',
    read,
    ({ frame, sound, secure }) => frame > 0 && sound > 0 && secure > 0,
  );
  const requests = guest.requests.length - before;
  await guest.button('Leave').click();
  await guest.page.getByRole('heading', { name: 'You left the meeting' }).waitFor();
  await guest.close();
  return { ...times, requests };
}

/** @param {number[]} sorted */
function median(sorted) {
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
