import { expect, it } from 'vitest';
import { asFileOffer, CHUNK_BYTES, chunkLength, chunksOf, MAX_FILE_BYTES, offerOf } from './fileOffer.js';

it('an offer is understood as it was made', () => {
  const offer = offerOf({ name: 'dir/a.png', size: 5, type: 'image/png' });
  expect(offer).toMatchObject({ name: 'dir_a.png', size: 5, type: 'image/png' });
  expect(offer.id).toMatch(/^[\w-]{22}$/);
  expect(asFileOffer(JSON.parse(JSON.stringify(offer)))).toEqual(offer);
  expect(offerOf(offer).id).not.toBe(offer.id);
});

it('takes no more from others than an offer consists of', () => {
  const sound = { id: 'A'.repeat(22), name: 'a\u202e/b', size: 0, type: 'x' };
  expect(asFileOffer({ ...sound, more: 1 })).toEqual({ ...sound, name: 'a_b', type: '' });
  const bad: unknown[] = [
    null,
    'x',
    [],
    {},
    { ...sound, id: 'A' },
    { ...sound, id: `${'A'.repeat(21)}/` },
    { ...sound, name: 1 },
    { ...sound, size: -1 },
    { ...sound, size: 1.5 },
    { ...sound, size: Number.NaN },
    { ...sound, size: '1' },
    { ...sound, size: MAX_FILE_BYTES + 1 },
  ];
  for (const value of bad) expect(asFileOffer(value)).toBeUndefined();
});

it('chunks cover the file', () => {
  expect([0, 1, CHUNK_BYTES, CHUNK_BYTES + 1].map(chunksOf)).toEqual([0, 1, 1, 2]);
  const size = 2 * CHUNK_BYTES + 3;
  const lengths = [0, 1, 2, 3, 2 ** 32 - 1].map((index) => chunkLength(size, index));
  expect(lengths).toEqual([CHUNK_BYTES, CHUNK_BYTES, 3, 0, 0]);
});
