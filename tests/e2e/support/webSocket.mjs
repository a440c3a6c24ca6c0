/** One direction of a WebSocket (RFC 6455), without its frames. */

/** Length of a frame's beginning without what says more of its length, and of its mask. */
const HEAD_BYTES = 2;
const MASK_BYTES = 4;

export class WebSocketReader {
  /** @type {Buffer[]} */
  #read = [];
  #pending = Buffer.alloc(0);

  /** The request or answer by which it was opened. @param {Buffer} head */
  opened(head) {
    this.#read.push(Buffer.concat([head, Buffer.from('\n')]));
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (let frame = frameIn(this.#pending); frame; frame = frameIn(this.#pending)) {
      this.#read.push(frame.payload);
      this.#pending = this.#pending.subarray(frame.length);
    }
  }

  /** Everything so far. */
  bytes() {
    return Buffer.concat(this.#read);
  }
}

/** The first frame, unmasked; nothing where it is not whole yet. @param {Buffer} bytes */
function frameIn(bytes) {
  if (bytes.length < HEAD_BYTES) return undefined;
  const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)];
  // What a compressed frame says would not be found.
  if (first & 0x40) throw new Error('a compressed frame, though nobody asked for compression');
  const short = second & 0x7f;
  const more = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const begin = HEAD_BYTES + more + (masked ? MASK_BYTES : 0);
  if (bytes.length < begin) return undefined;
  const size = more === 2 ? bytes.readUInt16BE(2) : more === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < begin + size) return undefined;
  const payload = Buffer.from(bytes.subarray(begin, begin + size));
  const mask = bytes.subarray(begin - MASK_BYTES, begin);
  if (masked) for (let i = 0; i < size; i++) payload[i] = payload.readUInt8(i) ^ mask.readUInt8(i % MASK_BYTES);
  return { payload, length: begin + size };
}
