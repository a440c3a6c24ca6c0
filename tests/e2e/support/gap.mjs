/** How long a picture stands still. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Watches a picture for `millis`; the longest time in which no frame was decoded.
 * @param {import('./person.mjs').Person} who @param {string} of @param {number} millis
 */
export async function longestGap(who, of, millis) {
  const end = Date.now() + millis;
  let last = { track: '', frames: 0 };
  let since = Date.now();
  let longest = 0;
  while (Date.now() < end) {
    const now = await who.picture(of);
    const moved = now.frames > 0 && (now.track !== last.track || now.frames > last.frames);
    longest = Math.max(longest, Date.now() - since);
    if (moved) since = Date.now();
    if (moved) last = now;
    await pause(100);
  }
  return longest;
}
