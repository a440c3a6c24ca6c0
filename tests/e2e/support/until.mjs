/** Waiting for conditions, never for time. */
import { setTimeout as pause } from 'node:timers/promises';

const STEP_MILLIS = 50;

/**
 * Asks `probe` until `done` accepts its answer.
 * @template T
 * @param {string} what Named when it does not come true.
 * @param {() => Promise<T>} probe
 * @param {(value: T) => boolean} done
 * @param {number} [millis]
 * @returns {Promise<T>}
 */
export async function until(what, probe, done, millis = 20_000) {
  const end = Date.now() + millis;
  for (;;) {
    const value = await probe();
    if (done(value)) return value;
    if (Date.now() > end) throw new Error(`not within ${millis} ms: ${what}; last: ${JSON.stringify(value)}`);
    await pause(STEP_MILLIS);
  }
}
