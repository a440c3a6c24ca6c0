import { afterEach, expect, it, vi } from 'vitest';
import { RememberedKeys } from './rememberedKeys.js';
import { MemoryShelf } from './shelf.js';
import { Vault } from './vault.js';

afterEach(() => void vi.unstubAllGlobals());

const root = new Uint8Array(32).fill(7);

it('remembers for a reload of the tab, until it is forgotten', async () => {
  const shelf = new MemoryShelf();
  const open = (tab: string) => new RememberedKeys(new Vault(shelf), Date.now, tab);
  await open('tab').remember('sid', root);
  expect(await open('tab').recall('sid')).toEqual(root);
  expect(await open('tab').recall('dis')).toBeUndefined();
  expect(await open('another').recall('sid')).toBeUndefined();
  expect(JSON.stringify(await shelf.list('roots', ''))).not.toContain('sid');
  await open('tab').forget('sid');
  expect(await open('tab').recall('sid')).toBeUndefined();
  expect(await shelf.list('roots', '')).toEqual([]);
});

it('forgets after a day', async () => {
  let now = 0;
  const keys = new RememberedKeys(new Vault(new MemoryShelf(), () => now), () => now, 'tab');
  await keys.remember('sid', root);
  now = 24 * 3_600_000 - 1;
  expect(await keys.recall('sid')).toEqual(root);
  now++;
  expect(await keys.recall('sid')).toBeUndefined();
});

it('the tab is known again by its own storage, where it has one', async () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  const shelf = new MemoryShelf();
  await new RememberedKeys(new Vault(shelf)).remember('sid', root);
  expect(await new RememberedKeys(new Vault(shelf)).recall('sid')).toEqual(root);
  vi.unstubAllGlobals();
  expect(await new RememberedKeys(new Vault(shelf)).recall('sid')).toBeUndefined();
});
