import { expect, it, vi } from 'vitest';
import type { Slots } from './protocol.js';
import { SlotTable } from './slots.js';

class FakeStream {
  constructor(private readonly tracks: { kind: string }[]) {}
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === 'audio');
}
vi.stubGlobal('MediaStream', FakeStream);

const track = (kind: string) => ({ kind }) as MediaStreamTrack;
const table = () =>
  new SlotTable(new Map([['3', track('audio')], ['6', track('video')], ['7', track('video')]]));
const slots = (version: number, ...list: [string, string, 'camera' | 'screen' | 'microphone'][]): Slots => ({
  version,
  slots: list.map(([mid, pid, kind]) => ({ mid, source: { pid, kind } })),
});

it('gathers what is received of each person', () => {
  const t = table();
  expect(t.take(slots(1, ['3', 'a', 'microphone'], ['6', 'a', 'camera'], ['7', 'b', 'camera']))).toBe(true);
  expect(Object.keys(t.media.get('a') ?? {})).toEqual(['microphone', 'camera']);
  expect(t.media.get('a')?.camera).not.toBe(t.media.get('b')?.camera);
  expect(t.audio).toHaveLength(1);
});

it('an older or repeated assignment is not taken', () => {
  const t = table();
  t.take(slots(5, ['6', 'a', 'camera']));
  expect(t.take(slots(5, ['6', 'b', 'camera']))).toBe(false);
  expect(t.take(slots(4, ['6', 'b', 'camera']))).toBe(false);
  expect(t.media.has('a')).toBe(true);
});

it('a slot keeps its stream whoever is in it; empty and unknown slots are nobody', () => {
  const t = table();
  t.take(slots(1, ['6', 'a', 'camera']));
  const stream = t.media.get('a')?.camera;
  t.take({ version: 2, slots: [{ mid: '6', source: { pid: 'b', kind: 'camera' } }, { mid: '7', source: null }, { mid: '99', source: { pid: 'c', kind: 'camera' } }] });
  expect(t.media.get('b')?.camera).toBe(stream);
  expect([...t.media.keys()]).toEqual(['b']);
});
