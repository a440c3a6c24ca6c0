import { expect, it } from 'vitest';
import { linkify } from './linkify';

const links = (text: string) => linkify(text).flatMap(({ text: shown, href }) => (href ? [shown] : []));

it('text and addresses alternate, and nothing is lost', () => {
  const text = 'See https://a.example/x?y=1#z and http://b.example.';
  expect(linkify(text)).toEqual([
    { text: 'See ' },
    { text: 'https://a.example/x?y=1#z', href: 'https://a.example/x?y=1#z' },
    { text: ' and ' },
    { text: 'http://b.example', href: 'http://b.example/' },
    { text: '.' },
  ]);
  expect(linkify(text).map((piece) => piece.text).join('')).toBe(text);
});

it.each([
  ['(https://a.example/b)', 'https://a.example/b'],
  ['https://a.example/b_(c)', 'https://a.example/b_(c)'],
  ['[https://a.example/b].', 'https://a.example/b'],
  ['„https://a.example/b…', 'https://a.example/b'],
])('%s leads to %s', (text, link) => {
  expect(links(text)).toEqual([link]);
});

it.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'www.example.org',
  'ftp://a.example',
  'https://',
  'xhttps://a.example',
  '<b>bold</b>',
])('%s is text', (text) => {
  expect(linkify(text)).toEqual([{ text }]);
});
