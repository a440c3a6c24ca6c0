import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Connection } from './connection.js';
import { Handover } from './handover.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection that has this stream of Bea. */
const having = (camera?: string) =>
  ({ slots: { media: new Map(camera ? [['bea', { camera }]] : []) } }) as unknown as Pick<Connection, 'slots'>;
const setting = () => {
  const letGo = vi.fn();
  const handover = new Handover<Pick<Connection, 'slots'>>(letGo);
  const shows = (inUse: Pick<Connection, 'slots'>) => handover.streams(inUse, 'bea')?.camera;
  return { letGo, handover, shows };
};

it('keeps the former pictures until those of the next connection can be there', () => {
  const { letGo, handover, shows } = setting();
  const [former, next] = [having('old'), having('new')];
  handover.begin(former);
  expect(shows(next)).toBe('old');
  handover.arrived();
  expect(shows(next)).toBe('new');
  expect(shows(having())).toBe('old');
  expect(letGo).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(letGo).toHaveBeenCalledExactlyOnceWith(former);
  expect(shows(having())).toBeUndefined();
});

it('keeps those of the connection that worked where the next one did not', () => {
  const { letGo, handover, shows } = setting();
  const [worked, failed, next] = [having('worked'), having('failed'), having('next')];
  handover.begin(worked);
  handover.begin(failed);
  expect(letGo).toHaveBeenCalledExactlyOnceWith(failed);
  expect(shows(next)).toBe('worked');
});

it('lets go of everything at the end, once', () => {
  const { letGo, handover } = setting();
  handover.begin(having('old'));
  handover.arrived();
  handover.end();
  vi.advanceTimersByTime(5_000);
  expect(letGo).toHaveBeenCalledOnce();
});
