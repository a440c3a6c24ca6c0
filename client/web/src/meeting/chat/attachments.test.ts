import { MAX_FILE_BYTES } from '@conclave/sdk';
import { expect, it } from 'vitest';
import { attach, MOST_FILES } from './attachments';

const file = (name: string, size = 10) => ({ name, size, lastModified: 1 }) as File;

it('takes what fits, each once', () => {
  const { files, problems } = attach([file('a')], [file('b'), file('a'), file('a', 11)]);
  expect(files.map(({ name, size }) => name + size)).toEqual(['a10', 'b10', 'a11']);
  expect(problems).toEqual([]);
});

it('says why something is not taken', () => {
  const { files, problems } = attach([], [file('film', MAX_FILE_BYTES + 1), file('folder', 0), file('c', MAX_FILE_BYTES)]);
  expect(files.map(({ name }) => name)).toEqual(['c']);
  expect(problems).toEqual([expect.stringMatching(/^film is too large: .* at most\.$/), 'folder is empty.']);
});

it('stops at some number', () => {
  const many = Array.from({ length: MOST_FILES + 3 }, (_, index) => file(`f${index}`));
  const { files, problems } = attach([], many);
  expect(files).toHaveLength(MOST_FILES);
  expect(problems).toHaveLength(1);
});
