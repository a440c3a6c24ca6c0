/** What must not be found, in whatever shape, and the search for it. */

/**
 * @typedef {object} Plaintext
 * @property {string} name What it is, for people; many may have the same.
 * @property {Buffer[]} shapes As what it could stand somewhere; each of at least four bytes.
 */

/**
 * Something that a person wrote or has: as it is, and as programs like to write bytes down.
 * @param {string} name @param {string | Buffer} content
 * @returns {Plaintext}
 */
export function written(name, content) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const texts = [bytes.toString('hex'), ...[0, 1, 2].flatMap((before) => base64Within(bytes, before))];
  const wide = typeof content === 'string' ? [Buffer.from(content, 'utf16le')] : [];
  return { name, shapes: [bytes, ...wide, ...texts.map((text) => Buffer.from(text))] };
}

/** An encoded frame, by how it begins. @param {string} name @param {Buffer} begin @returns {Plaintext} */
export function encoded(name, begin) {
  return { name, shapes: [begin] };
}

/**
 * How `bytes` look within what is written as base64 with so many bytes before them.
 * @param {Buffer} bytes @param {number} before
 */
function base64Within(bytes, before) {
  const all = Buffer.concat([Buffer.alloc(before), bytes]);
  // Characters that have bits of nothing but `bytes`.
  const [first, end] = [Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6)];
  return [all.toString('base64').slice(first, end), all.toString('base64url').slice(first, end)];
}

/** Finds any of many plaintexts in one pass, however many they are. */
export class Search {
  /** By the first four bytes of a shape. @type {Map<number, { shape: Buffer, of: Plaintext }[]>} */
  #begins = new Map();
  /** Whether something may begin with these four bytes: asked for every byte there is. */
  #may = new Uint8Array(1 << 20);

  /** @param {readonly Plaintext[]} plaintexts */
  constructor(plaintexts) {
    for (const of of plaintexts) {
      for (const shape of of.shapes) {
        const word = shape.readInt32BE(0);
        this.#begins.set(word, [...(this.#begins.get(word) ?? []), { shape, of }]);
        this.#may[spread(word)] = 1;
      }
    }
  }

  /** How many plaintexts of each name are in these parts. @param {readonly Buffer[]} parts @returns {Record<string, number>} */
  count(parts) {
    const found = /** @type {Set<Plaintext>} */ (new Set());
    for (const part of parts) this.#find(part, found);
    /** @type {Record<string, number>} */
    const counts = {};
    for (const { name } of found) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }

  /** @param {Buffer} bytes @param {Set<Plaintext>} found */
  #find(bytes, found) {
    let word = 0;
    for (let at = 0; at < bytes.length; at++) {
      word = (word << 8) | /** @type {number} */ (bytes[at]);
      if (at < 3 || this.#may[spread(word)] === 0) continue;
      const begin = at - 3;
      for (const { shape, of } of this.#begins.get(word) ?? []) {
        if (bytes.subarray(begin, begin + shape.length).equals(shape)) found.add(of);
      }
    }
  }
}

/** Twenty bits of a word. @param {number} word */
function spread(word) {
  return Math.imul(word, 0x9e3779b1) >>> 12;
}
