import { expect, it } from 'vitest';
import { Clock } from './clock.js';

const real = Date.UTC(2026, 0, 1) / 1000;
const header = new Date(real * 1000).toUTCString();

it('follows the edge where the device is wrong', () => {
  const clock = new Clock(() => (real - 3_600) * 1000);
  expect(clock.now()).toBe(real - 3_600);
  clock.learn(header);
  expect(clock.now()).toBe(real);
  expect(clock.deviceIsOff).toBe(true);
});

it('trusts the device where it is right, and ignores what is no date', () => {
  const clock = new Clock(() => (real - 3) * 1000);
  clock.learn(header);
  clock.learn(null);
  clock.learn('yesterday');
  expect(clock.now()).toBe(real - 3);
  expect(clock.deviceIsOff).toBe(false);
});
