import { expect, it } from 'vitest';
import { Mailbox } from './mailbox.js';

const mail = (number: number) => ({ number, from: 'a', to: 'b', text: 'x' });
const NEW = { isNew: true, ask: false };
const KNOWN = { isNew: false, ask: false };

it('shows each message once, in whatever order they come', () => {
  const box = new Mailbox();
  expect(box.take(1, mail(1))).toEqual(NEW);
  expect(box.take(1, mail(1))).toEqual(KNOWN);
  expect(box.take(1, mail(3))).toEqual({ isNew: true, ask: true });
  expect(box.take(1, mail(4))).toEqual({ isNew: true, ask: false });
  expect(box.position(1)).toBe(1);
  expect(box.take(1, mail(2))).toEqual(NEW);
  expect(box.take(1, mail(3))).toEqual(KNOWN);
  expect(box.position(1)).toBe(4);
});

it('another owner counts anew', () => {
  const box = new Mailbox();
  box.take(1, mail(1));
  expect(box.position(2)).toBe(0);
  expect(box.take(2, mail(1))).toEqual(NEW);
});

it('does not wait for ever for what the owner has forgotten', () => {
  const box = new Mailbox();
  for (let number = 100; number < 200; number++) expect(box.take(1, mail(number)).isNew).toBe(true);
  expect(box.position(1)).toBeGreaterThan(100);
});
