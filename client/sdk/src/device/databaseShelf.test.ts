import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseShelf, DEVICE_DATABASE } from './databaseShelf.js';
import { MemoryShelf, type SealedRecord, type Shelf } from './shelf.js';

// ---- as much of IndexedDB as the shelf uses ----------------------------------------------------

type Key = string | string[] | number;
type Table = Map<string, unknown>;
interface Range {
  lower?: Key;
  upper: Key;
}

const compare = (a: Key, b: Key) => (a < b ? -1 : a > b ? 1 : 0);
const within = (key: Key, range: Range) =>
  (range.lower === undefined || compare(flat(key), flat(range.lower)) >= 0) &&
  compare(flat(key), flat(range.upper)) <= 0;
/** Arrays are ordered by their parts. */
const flat = (key: Key): Key => (Array.isArray(key) ? key.join('\u0000') : key);

class FakeRequest<T> {
  result = undefined as T;
  onsuccess: (() => void) | null = null;
}

/** Transactions come one after the other. */
let last: Promise<void> = Promise.resolve();

class FakeTransaction {
  oncomplete: (() => void) | null = null;
  onabort: (() => void) | null = null;
  error: DOMException | null = null;
  readonly #turn = last;
  #pending = 0;
  #end: () => void = () => undefined;

  constructor(private readonly tables: Map<string, Table>) {
    last = new Promise((resolve) => (this.#end = resolve));
  }

  objectStore(name: string) {
    const table = this.tables.get(name)!;
    const keyOf = (value: unknown) => JSON.stringify([(value as SealedRecord).store, (value as SealedRecord).id]);
    const inRange = (range: Range) =>
      [...table.entries()]
        .filter(([key]) => within(JSON.parse(key) as string[], range))
        .sort(([a], [b]) => compare(flat(JSON.parse(a) as string[]), flat(JSON.parse(b) as string[])));
    return {
      get: (key: Key) => this.ask(() => table.get(JSON.stringify(key))),
      getAll: (range: Range) => this.ask(() => inRange(range).map(([, value]) => value)),
      put: (value: unknown, key?: Key) =>
        this.ask(() => void table.set(key === undefined ? keyOf(value) : JSON.stringify(key), value)),
      delete: (what: Key | Range) =>
        this.ask(() => {
          if (typeof what === 'object' && !Array.isArray(what)) for (const [key] of inRange(what)) table.delete(key);
          else table.delete(JSON.stringify(what));
        }),
      clear: () => this.ask(() => table.clear()),
      index: () => ({ openCursor: (range: Range) => this.#cursor(table, range) }),
    };
  }

  #cursor(table: Table, range: Range) {
    const found = [...table.entries()].filter(([, value]) => {
      const { expires } = value as SealedRecord;
      return expires !== undefined && within(expires, range);
    });
    const request = new FakeRequest<unknown>();
    const step = () =>
      this.ask(() => {
        const next = found.shift();
        request.result = next && {
          value: next[1],
          delete: () => this.ask(() => table.delete(next[0])),
          continue: step,
        };
        request.onsuccess?.();
      });
    step();
    return request;
  }

  ask<T>(run: () => T): FakeRequest<T> {
    const request = new FakeRequest<T>();
    this.#pending++;
    void this.#turn.then(() =>
      setTimeout(() => {
        request.result = run();
        request.onsuccess?.();
        if (--this.#pending > 0) return;
        this.#end();
        this.oncomplete?.();
      }),
    );
    return request;
  }
}

class FakeDatabase {
  onversionchange: (() => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly tables: Map<string, Table>) {}

  createObjectStore(name: string) {
    this.tables.set(name, new Map());
    return { createIndex: () => undefined };
  }

  transaction() {
    if (this.closed) throw new DOMException('closed', 'InvalidStateError');
    return new FakeTransaction(this.tables);
  }

  close() {
    this.closed = true;
  }
}

class FakeIndexedDb {
  readonly databases = new Map<string, Map<string, Table>>();
  readonly opened: FakeDatabase[] = [];

  open(name: string) {
    const request = Object.assign(new FakeRequest<FakeDatabase>(), {
      onupgradeneeded: null as (() => void) | null,
      onerror: null,
    });
    setTimeout(() => {
      const known = this.databases.get(name);
      const tables = known ?? new Map<string, Table>();
      this.databases.set(name, tables);
      request.result = new FakeDatabase(tables);
      this.opened.push(request.result);
      if (!known) request.onupgradeneeded?.();
      request.onsuccess?.();
    });
    return request;
  }

  deleteDatabase(name: string) {
    const request = Object.assign(new FakeRequest<void>(), { onblocked: null, onerror: null });
    setTimeout(() => {
      for (const database of this.opened) database.onversionchange?.();
      this.databases.delete(name);
      request.onsuccess?.();
    });
    return request;
  }
}

let fake: FakeIndexedDb;
beforeEach(() => {
  fake = new FakeIndexedDb();
  vi.stubGlobal('indexedDB', fake);
  vi.stubGlobal('IDBKeyRange', {
    bound: (lower: Key, upper: Key) => ({ lower, upper }),
    upperBound: (upper: Key) => ({ upper }),
  });
});
afterEach(() => void vi.unstubAllGlobals());

// ---- what every shelf does ---------------------------------------------------------------------

function record(store: string, id: string, expires?: number): SealedRecord {
  const sealed = new TextEncoder().encode(id).buffer;
  return { store, id, nonce: new Uint8Array(12), sealed, ...(expires === undefined ? {} : { expires }) };
}
const ids = async (shelf: Shelf, store: string, prefix = '') => (await shelf.list(store, prefix)).map(({ id }) => id);

describe.each([
  ['in memory', () => new MemoryShelf()],
  ['in a database', () => new DatabaseShelf()],
])('a shelf %s', (_, make: () => Shelf) => {
  it('gives back what was put, and replaces what has the same place', async () => {
    const shelf = make();
    await shelf.put(record('a', '1'));
    await shelf.put(record('b', '1', 5));
    await shelf.put(record('b', '1', 7));
    expect(await shelf.get('a', '1')).toEqual(record('a', '1'));
    expect(await shelf.get('b', '1')).toEqual(record('b', '1', 7));
    expect(await shelf.get('b', '2')).toBeUndefined();
  });

  it('lists by prefix in order, and deletes one, or by prefix', async () => {
    const shelf = make();
    for (const id of ['x/2', 'y/1', 'x/10', 'x/1']) await shelf.put(record('a', id));
    await shelf.put(record('b', 'x/1'));
    expect(await ids(shelf, 'a', 'x/')).toEqual(['x/1', 'x/10', 'x/2']);
    await shelf.delete('a', 'x/10');
    expect(await ids(shelf, 'a', 'x/')).toEqual(['x/1', 'x/2']);
    await shelf.deleteAll('a', 'x/');
    expect(await ids(shelf, 'a')).toEqual(['y/1']);
    expect(await ids(shelf, 'b')).toEqual(['x/1']);
  });

  it('deletes what has expired, in one store or in all', async () => {
    const shelf = make();
    for (const store of ['a', 'b']) {
      await shelf.put(record(store, 'old', 10));
      await shelf.put(record(store, 'new', 20));
      await shelf.put(record(store, 'ever'));
    }
    await shelf.deleteExpired(10, 'a');
    expect(await ids(shelf, 'a')).toEqual(['ever', 'new']);
    expect(await ids(shelf, 'b')).toEqual(['ever', 'new', 'old']);
    await shelf.deleteExpired(20);
    expect(await ids(shelf, 'b')).toEqual(['ever']);
  });

  it('is empty and has other keys after it was destroyed', async () => {
    const shelf = make();
    const before = await shelf.keys();
    expect(await shelf.keys()).toBe(before);
    expect([before.seal.extractable, before.name.extractable]).toEqual([false, false]);
    await shelf.put(record('a', '1'));
    await shelf.destroy();
    expect(await ids(shelf, 'a')).toEqual([]);
    expect((await shelf.keys()).seal).not.toBe(before.seal);
  });
});

// ---- several tabs ------------------------------------------------------------------------------

it('two tabs that start at once use the keys of the first', async () => {
  const tabs = [new DatabaseShelf(), new DatabaseShelf(), new DatabaseShelf()];
  const [first, ...others] = await Promise.all(tabs.map((tab) => tab.keys()));
  for (const keys of others) {
    expect(keys.seal).toBe(first!.seal);
    expect(keys.name).toBe(first!.name);
  }
});

it('another tab lets go of a destroyed database and its keys, and begins anew', async () => {
  const [one, other] = [new DatabaseShelf(), new DatabaseShelf()];
  const before = await other.keys();
  await one.put(record('a', '1'));
  await one.destroy();
  expect(fake.databases.has(DEVICE_DATABASE)).toBe(false);
  expect(fake.opened.every(({ closed }) => closed)).toBe(true);
  expect((await other.keys()).seal).not.toBe(before.seal);
  expect(await other.get('a', '1')).toBeUndefined();
});

it('goes on where the database was closed under it', async () => {
  const shelf = new DatabaseShelf();
  await shelf.put(record('a', '1'));
  fake.opened[0]!.close();
  expect(await ids(shelf, 'a')).toEqual(['1']);
});

it('gives up where the browser never answers', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('indexedDB', { open: () => new FakeRequest() });
  const refused = expect(new DatabaseShelf().keys()).rejects.toThrow('does not answer');
  await vi.advanceTimersByTimeAsync(3_000);
  await refused;
  vi.useRealTimers();
});
