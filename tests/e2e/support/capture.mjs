/** What a rogue node captured (`tests/rogue/src/capture.rs`), and whether all of it was sealed. */

/** The streams of SFrame (docs/E2EE.md) by the numbers of a capture: microphone, camera, screen. */
const STREAMS = [0, 1, 2];
const MICROPHONE = 0;
/** An authentication tag; a sealed frame has at least a byte besides. */
const TAG_BYTES = 16;
/** Of bytes that look random the commonest of 256 makes up far less than this share, once there are so many. */
const MOST_SHARE = 0.2;
const ENOUGH_BYTES = 100;

/** @typedef {{ kid: Set<string>, counters: Map<bigint, string>, bodies: Set<string>, firsts: number[] }} Stream */

/**
 * The packets of media in a capture.
 * @param {Buffer} capture
 * @returns {Generator<{ from: bigint, kind: number, payload: Buffer }>}
 */
export function* packets(capture) {
  // The last record may still be under way.
  for (let at = 0; at + 4 <= capture.length && at + 4 + capture.readUInt32BE(at) <= capture.length; ) {
    const record = capture.subarray(at + 4, at + 4 + capture.readUInt32BE(at));
    at += 4 + record.length;
    const kind = record.readUInt8(0);
    if (STREAMS.includes(kind)) yield { from: record.readBigUInt64BE(1), kind, payload: record.subarray(9) };
  }
}

/**
 * Looks at every captured frame. All frames of a source that is sealed name one key, which is its own, and count
 * upwards without a repetition; behind that they look random. Nothing of this holds for what is in the clear.
 * @param {Buffer} capture
 * @returns {{ frames: number, faults: string[] }}
 */
export function unsealed(capture) {
  /** @type {Map<string, Stream>} */
  const streams = new Map();
  const faults = [];
  let frames = 0;
  for (const { from, kind, payload } of packets(capture)) {
    const frame = kind === MICROPHONE ? payload : firstOfPicture(payload);
    if (!frame) continue;
    frames++;
    const source = `source ${kind} of ${from}`;
    const stream = streams.get(source) ?? { kid: new Set(), counters: new Map(), bodies: new Set(), firsts: Array(256).fill(0) };
    streams.set(source, stream);
    const header = sframeHeader(frame);
    if (!header || (kind === MICROPHONE && header.body.length <= TAG_BYTES) || header.body.length === 0) {
      faults.push(`${source}: no SFrame: ${frame.toString('hex', 0, 24)}`);
      continue;
    }
    if ((header.kid & 15n) !== BigInt(kind)) faults.push(`${source}: the key ${header.kid.toString(16)} is of another stream`);
    stream.kid.add(header.kid.toString(16));
    const body = header.body.toString('latin1');
    const known = stream.counters.get(header.counter);
    // What a browser sends again is the same.
    if (known === body) continue;
    if (known !== undefined) faults.push(`${source}: two frames with counter ${header.counter}`);
    else if (stream.bodies.has(body)) faults.push(`${source}: the same content twice`);
    stream.counters.set(header.counter, body);
    stream.bodies.add(body);
    stream.firsts[header.body.readUInt8(0)]++;
  }
  for (const [source, { kid, firsts }] of streams) {
    if (kid.size !== 1) faults.push(`${source}: ${kid.size} keys`);
    const total = firsts.reduce((sum, each) => sum + each, 0);
    const share = Math.max(...firsts) / total;
    if (total >= ENOUGH_BYTES && share > MOST_SHARE) faults.push(`${source}: ${share} of all bodies begin alike`);
  }
  return { frames, faults };
}

/** What follows the clear bytes in the first packet of a VP8 frame (RFC 7741, section 4.2). @param {Buffer} payload */
function firstOfPicture(payload) {
  const at = (/** @type {number} */ index) => payload[index] ?? 0;
  if (payload.length === 0 || (at(0) & 0x17) !== 0x10) return undefined;
  let start = 1;
  if (at(0) & 0x80) {
    const extension = at(1);
    start = 2;
    if (extension & 0x80) start += at(2) & 0x80 ? 2 : 1;
    start += (extension & 0x40 ? 1 : 0) + (extension & 0x30 ? 1 : 0);
  }
  return payload.subarray(start + (at(start) & 1 ? 1 : 10));
}

/** RFC 9605, section 4.3. @param {Buffer} frame */
function sframeHeader(frame) {
  const config = frame[0] ?? 0;
  const kidBytes = config & 0x80 ? ((config >> 4) & 7) + 1 : 0;
  const counterBytes = config & 0x08 ? (config & 7) + 1 : 0;
  const length = 1 + kidBytes + counterBytes;
  if (frame.length < length) return undefined;
  const number = (/** @type {number} */ from, /** @type {number} */ bytes) =>
    frame.subarray(from, from + bytes).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return {
    kid: kidBytes ? number(1, kidBytes) : BigInt((config >> 4) & 7),
    counter: counterBytes ? number(1 + kidBytes, counterBytes) : BigInt(config & 7),
    body: frame.subarray(length),
  };
}
