import { expect, it } from 'vitest';
import { CHUNK_BYTES } from './fileOffer.js';
import { decode, encode, kindOf, MAX_DATA_BYTES, MAX_PAGE_BYTES, type Message } from './messages.js';

const FILE = 'AAECAwQFBgcICQoLDA0ODw';
const ASKING = 'AAECAwQFBgc';

const MESSAGES: Message[] = [
  { type: 'want', file: FILE, from: 4_000_000_000, count: 64 },
  { type: 'chunk', file: FILE, index: 6_606, bytes: new Uint8Array([1, 2, 3]) },
  { type: 'gone', file: FILE },
  { type: 'busy', file: FILE },
  { type: 'history_ask', asking: ASKING },
  { type: 'history_page', asking: ASKING, page: 1, pages: 300, bytes: new Uint8Array() },
  { type: 'history_none', asking: ASKING },
];

it.each(MESSAGES)('$type is understood as it was sent', (message) => {
  expect(decode(encode(message))).toEqual(message);
});

it('the largest fit into an envelope, and questions into a small one', () => {
  const questions = MESSAGES.filter((message) => kindOf(message) === 'ask');
  for (const question of questions) expect(encode(question).length).toBeLessThan(1_024 - 40);
  const chunk = encode({ type: 'chunk', file: FILE, index: 0, bytes: new Uint8Array(CHUNK_BYTES) });
  const bytes = new Uint8Array(MAX_PAGE_BYTES);
  const page = encode({ type: 'history_page', asking: ASKING, page: 0, pages: 1, bytes });
  expect(chunk.length).toBeLessThanOrEqual(MAX_DATA_BYTES);
  expect(page.length).toBeLessThanOrEqual(MAX_DATA_BYTES);
});

it('whatever else comes is nothing, and nothing throws', () => {
  for (const message of MESSAGES) {
    const bytes = encode(message);
    for (let length = 0; length < bytes.length; length++) {
      const cut = decode(bytes.slice(0, length));
      // What ends in bytes of any number may be cut; nothing else.
      if (message.type !== 'chunk') expect(cut).toBeUndefined();
    }
    if (message.type !== 'chunk' && message.type !== 'history_page') {
      expect(decode(Uint8Array.of(...bytes, 0))).toBeUndefined();
    }
  }
  for (let tag = 0; tag < 256; tag++) {
    for (const length of [1, 9, 13, 17, 23, 40]) expect(() => decode(new Uint8Array(length).fill(tag))).not.toThrow();
  }
  expect(decode(new Uint8Array(MAX_DATA_BYTES + 1).fill(2))).toBeUndefined();
});
