import { expect, it } from 'vitest';
import { bitsOf, strengthOf } from './strength';

it.each([
  ['', 'weak'],
  ['password', 'weak'],
  ['P@ssw0rd!', 'weak'],
  ['Pa55word2026!', 'weak'],
  ['1234567890123456', 'weak'],
  ['4711 0815 2026 90210', 'weak'],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
  ['abcdefghijklmnopqrstuvwxyz', 'weak'],
  ['ha ha ha ha ha ha ha', 'weak'],
  ['meeting room password 2026', 'weak'],
  ['tulip', 'weak'],
  ['tulip anchor', 'weak'],
  ['tulip anchor velvet', 'fair'],
  ['tulip anchor velvet oboe', 'good'],
  ['tulip-anchor-velvet-oboe', 'good'],
  ['tulip anchor velvet oboe marble kite', 'strong'],
  ['Grün Stuhl Katze Fluss Wolke Nadel', 'strong'],
  ['x7Kq2!vNp', 'fair'],
  ['x7Kq2!vNpRt9', 'good'],
  ['x7Kq2!vNpRt9#mWz4', 'strong'],
])('%j is %s', (passphrase, strength) => {
  expect(strengthOf(passphrase)).toBe(strength);
});

it('more is never less', () => {
  const passphrase = 'tulip anchor velvet oboe marble kite';
  for (let length = 1; length < passphrase.length; length++) {
    const [shorter, longer] = [passphrase.slice(0, length), passphrase.slice(0, length + 1)];
    // Where characters become a word they count as one: that may take a little, not a grade.
    expect(bitsOf(longer)).toBeGreaterThanOrEqual(bitsOf(shorter) - 4);
  }
});
