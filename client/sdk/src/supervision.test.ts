import { expect, it } from 'vitest';
import type { Publishing } from './protocol.js';
import { Supervision } from './supervision.js';

const on = (microphone: boolean, camera = false): Publishing => ({ microphone, camera, screen: false });

it('what a moderator switched off is off, and is named or not', () => {
  const supervision = new Supervision(on(true, true));
  expect(supervision.hear(on(false, true), 'host')).toEqual(['microphone']);
  expect(supervision.hear(on(false, false))).toEqual(['camera']);
});

it('an echo of one\'s own word switches nothing off, however late it comes', () => {
  const supervision = new Supervision(on(true));
  supervision.say(on(false));
  supervision.say(on(true));
  supervision.say(on(true, true));
  expect(supervision.hear(on(false))).toEqual([]);
  expect(supervision.hear(on(true))).toEqual([]);
  expect(supervision.hear(on(true, true))).toEqual([]);
  expect(supervision.hear(on(false, true))).toEqual(['microphone']);
});

it('a word that changed nothing does not pass for an echo of the next', () => {
  const supervision = new Supervision(on(false));
  supervision.say(on(false));
  supervision.say(on(true));
  expect(supervision.hear(on(true))).toEqual([]);
  expect(supervision.hear(on(false))).toEqual(['microphone']);
});

it('muting leaves a camera alone that the owner has not heard of', () => {
  const supervision = new Supervision(on(true));
  supervision.say(on(true, true));
  expect(supervision.hear(on(false), 'host')).toEqual(['microphone']);
});

it('what a snapshot repeats is no news, and spends no echo', () => {
  const supervision = new Supervision(on(false));
  supervision.say(on(false));
  supervision.say(on(true));
  expect(supervision.hear(on(false))).toEqual([]);
  expect(supervision.hear(on(true))).toEqual([]);
  expect(supervision.hear(on(false))).toEqual(['microphone']);
});
