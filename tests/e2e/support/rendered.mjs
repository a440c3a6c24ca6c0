/** What a page makes of what it receives: decoded, played and painted. */

/** @typedef {import('./person.mjs').Person} Person */

/**
 * `let` is what the encryption let through, by slot: pictures, or samples of sound without what fills gaps. `decoded`
 * is the number of pictures that came of it, `energy` that of all sound, and `packets` is all that arrived.
 * @param {Person} person
 * @returns {Promise<{ packets: number, let: Record<string, number>, decoded: number, energy: number }>}
 */
export function rendered(person) {
  return person.page.evaluate(async () => {
    const sum = { packets: 0, let: /** @type {Record<string, number>} */ ({}), decoded: 0, energy: 0 };
    for (const each of await Reflect.get(window, 'conclaveProbe').inbound()) {
      sum.packets += each.packetsReceived ?? 0;
      sum.decoded += each.framesDecoded ?? 0;
      sum.energy += each.totalAudioEnergy ?? 0;
      sum.let[each.mid] = (each.kind === 'video' ? each.framesReceived : each.jitterBufferEmittedCount) ?? 0;
    }
    return sum;
  });
}

/** How many pictures in somebody's tile the encryption let through. @param {Person} person @param {string} of */
export function pictureOf(person, of) {
  return person.tile(of).evaluate(async (tile) => {
    const stream = /** @type {MediaStream | null | undefined} */ (tile.querySelector('video')?.srcObject);
    const id = stream?.getVideoTracks()[0]?.id;
    const inbound = await Reflect.get(window, 'conclaveProbe').inbound();
    return inbound.find((/** @type {{ trackIdentifier?: string }} */ { trackIdentifier }) => trackIdentifier === id)?.framesReceived ?? 0;
  });
}

/** The least that any voice was heard, in samples. @param {Person[]} people */
export async function heard(people) {
  const all = await Promise.all(
    people.map(({ page }) =>
      page.evaluate(async () => {
        const inbound = await Reflect.get(window, 'conclaveProbe').inbound();
        const voices = inbound.filter((/** @type {{ kind: string }} */ { kind }) => kind === 'audio');
        return voices.map((/** @type {{ jitterBufferEmittedCount?: number }} */ { jitterBufferEmittedCount = 0 }) => jitterBufferEmittedCount);
      }),
    ),
  );
  return Math.min(...all.flat());
}

/**
 * From now on looks at every picture that is painted in somebody's tile, for the colour that rogue nodes inject.
 * @param {Person} person @param {string} of
 * @returns {Promise<() => Promise<{ painted: number, magenta: number }>>} Reads the count.
 */
export async function watchPaint(person, of) {
  await person.tile(of).evaluate((tile) => {
    const video = tile.querySelector('video');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [16, 16];
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!video || !context) throw new Error('no picture to watch');
    const count = { painted: 0, magenta: 0 };
    const look = () => {
      context.drawImage(video, 0, 0, 16, 16);
      const { data } = context.getImageData(0, 0, 16, 16);
      const isMagenta = (/** @type {number} */ at) => (data[at] ?? 0) > 180 && (data[at + 1] ?? 0) < 90 && (data[at + 2] ?? 0) > 180;
      count.painted++;
      if (Array.from({ length: 256 }, (_, n) => n * 4).filter(isMagenta).length > 32) count.magenta++;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    Reflect.set(window, 'conclavePaint', count);
  });
  return () => person.page.evaluate(() => ({ ...Reflect.get(window, 'conclavePaint') }));
}
