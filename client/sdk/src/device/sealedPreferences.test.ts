import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FORMER_PREFERENCES, SealedPreferences } from './sealedPreferences.js';
import { MemoryShelf } from './shelf.js';
import { Vault } from './vault.js';

const DEFAULTS = { name: '', microphone: true, cameraId: '' };

const former = new Map<string, string>();
beforeEach(() => {
  former.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => former.get(key) ?? null,
    removeItem: (key: string) => former.delete(key),
  });
});
afterEach(() => void vi.unstubAllGlobals());

function setting() {
  const shelf = new MemoryShelf();
  const load = () => SealedPreferences.load(new Vault(shelf), DEFAULTS);
  return { shelf, load };
}

it('begins with the defaults; what is set counts at once and after a reload', async () => {
  const { shelf, load } = setting();
  const preferences = await load();
  expect(preferences.getState()).toEqual(DEFAULTS);
  const told = vi.fn();
  preferences.subscribe(told);
  preferences.set({ name: 'Ada' });
  preferences.set({ microphone: false });
  expect(preferences.getState()).toEqual({ name: 'Ada', microphone: false, cameraId: '' });
  expect(told).toHaveBeenCalledTimes(2);
  await preferences.flush();
  expect((await load()).getState()).toEqual({ name: 'Ada', microphone: false, cameraId: '' });
  const [record] = await shelf.list('preferences', '');
  expect(new TextDecoder('latin1').decode(record!.sealed)).not.toContain('Ada');
});

it('takes over once what stood in clear, and deletes it', async () => {
  const { load } = setting();
  former.set(FORMER_PREFERENCES, JSON.stringify({ name: 'Ada', microphone: 'yes', other: 1 }));
  expect((await load()).getState()).toEqual({ ...DEFAULTS, name: 'Ada' });
  expect(former.size).toBe(0);
  expect((await load()).getState().name).toBe('Ada');
});

it('deletes what stood in clear where it cannot be read either', async () => {
  const { load } = setting();
  former.set(FORMER_PREFERENCES, '{');
  expect((await load()).getState()).toEqual(DEFAULTS);
  expect(former.size).toBe(0);
});

it('two tabs change different fields and keep both', async () => {
  const { load } = setting();
  const [one, other] = [await load(), await load()];
  one.set({ name: 'Ada' });
  await one.flush();
  other.set({ cameraId: 'c' });
  await other.flush();
  expect((await load()).getState()).toEqual({ name: 'Ada', microphone: true, cameraId: 'c' });
});

it('works where nothing may be stored', async () => {
  vi.stubGlobal('localStorage', undefined);
  const preferences = await SealedPreferences.load(new Vault(), DEFAULTS);
  preferences.set({ name: 'Ada' });
  await preferences.flush();
  expect(preferences.getState().name).toBe('Ada');
});

it('clearing all data leads back to the defaults, and what was under way does not come back', async () => {
  const shelf = new MemoryShelf();
  const vault = new Vault(shelf);
  const preferences = await SealedPreferences.load(vault, DEFAULTS);
  preferences.set({ name: 'Ada' });
  preferences.set({ cameraId: 'c' });
  await vault.clearAll();
  await preferences.flush();
  expect(preferences.getState()).toEqual(DEFAULTS);
  expect(await shelf.list('preferences', '')).toEqual([]);
});
