/** A media node that betrays its people (`tests/rogue`), and what it says that it did. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { useHouse } from './house.mjs';
import { until } from './until.mjs';

/**
 * @typedef {'capture' | 'strip' | 'replay' | 'swap' | 'inject' | 'bitflip'} Mode
 * @typedef {{ active: boolean, packets: number, changed: number, forged: number, frames: number, missed: number }} Counters
 */

/** A system whose node betrays in this way. Called once at the top of a suite. @param {Mode} mode */
export function useRogue(mode) {
  const folder = mkdtempSync(join(tmpdir(), 'conclave-rogue-'));
  const file = (/** @type {string} */ name) => join(folder, name);
  const house = useHouse({}, [], {
    CONCLAVE_NODE_BIN: process.env.CONCLAVE_ROGUE_NODE ?? assert.fail('CONCLAVE_ROGUE_NODE is not set'),
    CONCLAVE_ROGUE: mode,
    CONCLAVE_ROGUE_TRIGGER: file('trigger'),
    CONCLAVE_ROGUE_COUNTERS: file('counters'),
    CONCLAVE_ROGUE_CAPTURE: file('capture'),
  });
  // After the system, which writes into it until it ends.
  after(() => rm(folder, { recursive: true, force: true }));

  /** @returns {Promise<Counters>} */
  const counters = async () => JSON.parse(await readFile(file('counters'), 'utf8'));
  const deeds = (/** @type {Counters} */ { changed, forged }) => changed + forged;
  return Object.assign(house, {
    counters,
    /** Everything that came to the node. */
    captured: () => readFile(file('capture')),
    /** Waits until so many more packets were changed or made up; the counters before and after. @param {number} more */
    async betrays(more) {
      const before = await counters();
      const enough = (/** @type {Counters} */ now) => deeds(now) >= deeds(before) + more;
      return { before, after: await until(`${more} packets are changed or made up`, counters, enough) };
    },
    begin: () => writeFile(file('trigger'), ''),
    async end() {
      await rm(file('trigger'), { force: true });
      await until('the betrayal ends', counters, ({ active }) => !active);
    },
  });
}
