import { afterEach, expect, it, vi } from 'vitest';
import { MemoryShelf } from './shelf.js';
import { Vault } from './vault.js';

afterEach(() => void vi.unstubAllGlobals());

function setting(now = () => 0) {
  const shelf = new MemoryShelf();
  return { shelf, vault: new Vault(shelf, now) };
}

/** A shelf that fails with this error while `failing` is true. */
class FailingShelf extends MemoryShelf {
  failing = true;
  constructor(private readonly error: Error) {
    super();
  }
  override put: MemoryShelf['put'] = async (record) => {
    if (this.failing) throw this.error;
    return MemoryShelf.prototype.put.call(this, record);
  };
}

it('keeps values and bytes, and after a reload too', async () => {
  const { shelf, vault } = setting();
  await vault.put('s', 'value', { text: 'ä', list: [1, null] });
  await vault.putBytes('s', 'bytes', new Uint8Array([1, 2, 3]));
  const reloaded = new Vault(shelf, () => 0);
  expect(await reloaded.get('s', 'value')).toEqual({ text: 'ä', list: [1, null] });
  expect(await reloaded.getBytes('s', 'bytes')).toEqual(new Uint8Array([1, 2, 3]));
  await vault.delete('s', 'value');
  expect(await reloaded.get('s', 'value')).toBeUndefined();
  expect(reloaded.storage.getState()).toEqual({ place: 'device', why: null });
});

it('nothing that was put stands in clear, and no two writes look alike', async () => {
  const { shelf, vault } = setting();
  await vault.put('s', '1', 'a secret word');
  const first = (await shelf.get('s', '1'))!;
  await vault.put('s', '1', 'a secret word');
  const second = (await shelf.get('s', '1'))!;
  const text = new TextDecoder('latin1').decode(first.sealed);
  expect(text).not.toContain('secret');
  expect(first.nonce).not.toEqual(second.nonce);
  expect(new Uint8Array(first.sealed)).not.toEqual(new Uint8Array(second.sealed));
  expect(first.nonce).toHaveLength(12);
});

it('a record is worth nothing in another place, in another form, or with another expiry', async () => {
  const { shelf, vault } = setting();
  await vault.put('s', '1', 'x', { expires: 10 });
  const record = (await shelf.get('s', '1'))!;
  await shelf.put({ ...record, id: '2' });
  await shelf.put({ ...record, store: 't' });
  await shelf.put({ ...record, id: '1', expires: 11 });
  expect(await vault.get('s', '2')).toBeUndefined();
  expect(await vault.get('t', '1')).toBeUndefined();
  expect(await vault.get('s', '1')).toBeUndefined();
  await shelf.put(record);
  expect(await vault.getBytes('s', '1')).toBeUndefined();
  expect(await vault.get('s', '1')).toBe('x');
  new Uint8Array(record.sealed)[0]! ^= 1;
  expect(await vault.get('s', '1')).toBeUndefined();
});

it('what has expired is not there any more, whether swept or not', async () => {
  let now = 0;
  const { shelf, vault } = setting(() => now);
  await vault.put('s', '1', 'x', { expires: 10 });
  await vault.put('s', '2', 'y', { expires: 20 });
  now = 10;
  expect(await vault.get('s', '1')).toBeUndefined();
  expect(await shelf.get('s', '1')).toBeUndefined();
  now = 20;
  await vault.sweep();
  expect(await shelf.list('s', '')).toEqual([]);
});

it('hides names: the same for the same text, and for nobody else', async () => {
  const { shelf, vault } = setting();
  const name = await vault.hide('room');
  expect(name).toMatch(/^[\w-]{22}$/);
  expect(await new Vault(shelf).hide('room')).toBe(name);
  expect(await vault.hide('moor')).not.toBe(name);
  expect(await new Vault(new MemoryShelf()).hide('room')).not.toBe(name);
});

it('clears everything, what is just being written too, and says so', async () => {
  const { shelf, vault } = setting();
  const cleared = vi.fn();
  vault.onCleared(cleared);
  await vault.put('s', '1', 'x');
  const late = vault.put('s', '2', 'y');
  await vault.clearAll();
  await late;
  expect(cleared).toHaveBeenCalledOnce();
  expect(await shelf.list('s', '')).toEqual([]);
  await vault.put('s', '3', 'z');
  expect(await vault.get('s', '3')).toBe('z');
});

it('rejects where the browser does not let it clear', async () => {
  vi.stubGlobal('indexedDB', {});
  const { shelf, vault } = setting();
  shelf.destroy = async () => Promise.reject(new Error('no'));
  await expect(vault.clearAll()).rejects.toThrow('no');
});

it('keeps in this page where there is no database', async () => {
  const vault = new Vault();
  await vault.put('s', '1', 'x');
  expect(await vault.get('s', '1')).toBe('x');
  expect(await vault.list('s')).toEqual([{ id: '1', value: 'x' }]);
  expect(vault.storage.getState()).toEqual({ place: 'page', why: 'missing' });
  await vault.deleteAll('s');
  expect(await vault.get('s', '1')).toBeUndefined();
  await vault.clearAll();
  expect(await new Vault().get('s', '1')).toBeUndefined();
});

it('keeps in this page where the device may not be used', async () => {
  vi.stubGlobal('indexedDB', {
    open: () => {
      throw new DOMException('forbidden', 'SecurityError');
    },
  });
  const vault = new Vault();
  await vault.put('s', '1', 'x');
  expect(await vault.get('s', '1')).toBe('x');
  expect(vault.storage.getState()).toEqual({ place: 'page', why: 'blocked' });
});

it('keeps in this page what a full device does not take, and never an old value over it', async () => {
  vi.stubGlobal('indexedDB', {});
  const shelf = new FailingShelf(new DOMException('full', 'QuotaExceededError'));
  const vault = new Vault(shelf);
  shelf.failing = false;
  await vault.put('s', '1', 'old');
  await vault.put('s', '2', 'other');
  shelf.failing = true;
  await vault.put('s', '1', 'new');
  expect(vault.storage.getState()).toEqual({ place: 'page', why: 'full' });
  expect(await vault.get('s', '1')).toBe('new');
  expect((await vault.list('s')).map(({ value }) => value)).toEqual(['new', 'other']);
  expect(await shelf.get('s', '1')).toBeUndefined();
  shelf.failing = false;
  await vault.put('s', '1', 'newest');
  expect(await new Vault(shelf).get('s', '1')).toBe('newest');
});
