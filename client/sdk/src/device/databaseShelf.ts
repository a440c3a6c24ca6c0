/**
 * The shelf that outlives a page: an IndexedDB database of its own. Several tabs use it at once;
 * whichever makes the keys first made them for all, and when one destroys the database, the others
 * let go of it and of its keys at once.
 */
import { makeKeys, type SealedRecord, type Shelf, type ShelfKeys } from './shelf.js';

export const DEVICE_DATABASE = 'conclave-device';

const RECORDS = 'records';
const KEYS = 'keys';
const EXPIRES = 'expires';
const NAME = 'device';
/** Some browsers' private windows never answer. */
const OPEN_MILLIS = 3_000;
/** Comes after every character that an id begins with. */
const LAST = '\uffff';

interface Opened {
  readonly database: IDBDatabase;
  readonly keys: ShelfKeys;
}

export class DatabaseShelf implements Shelf {
  #opening: Promise<Opened> | undefined;

  async keys(): Promise<ShelfKeys> {
    return (await this.#opened()).keys;
  }

  get(store: string, id: string): Promise<SealedRecord | undefined> {
    return this.#run('readonly', (records) => records.get([store, id]));
  }

  list(store: string, prefix: string): Promise<SealedRecord[]> {
    return this.#run('readonly', (records) => records.getAll(rangeOf(store, prefix)));
  }

  async put(record: SealedRecord): Promise<void> {
    await this.#run('readwrite', (records) => records.put(record));
  }

  async delete(store: string, id: string): Promise<void> {
    await this.#run('readwrite', (records) => records.delete([store, id]));
  }

  async deleteAll(store: string, prefix: string): Promise<void> {
    await this.#run('readwrite', (records) => records.delete(rangeOf(store, prefix)));
  }

  async deleteExpired(until: number, store?: string): Promise<void> {
    await this.#run('readwrite', (records) => {
      const request = records.index(EXPIRES).openCursor(IDBKeyRange.upperBound(until));
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return;
        if (store === undefined || (cursor.value as SealedRecord).store === store) cursor.delete();
        cursor.continue();
      };
      return request;
    });
  }

  async destroy(): Promise<void> {
    // First what is in it: another tab may hold the database itself for a while yet.
    const emptied = await this.#empty();
    const deleted = await removeDatabase().catch((error: unknown) => error);
    if (emptied !== null && deleted !== undefined) throw deleted;
  }

  /** Null where all is gone, or what went wrong. */
  async #empty(): Promise<unknown> {
    try {
      const { database } = await this.#opened();
      const transaction = database.transaction([RECORDS, KEYS], 'readwrite');
      transaction.objectStore(RECORDS).clear();
      transaction.objectStore(KEYS).clear();
      await finished(transaction);
      return null;
    } catch (error) {
      return error;
    } finally {
      await this.#close();
    }
  }

  async #run<T>(mode: IDBTransactionMode, ask: (records: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const { database } = await this.#opened();
      try {
        const transaction = database.transaction(RECORDS, mode);
        const request = ask(transaction.objectStore(RECORDS));
        await finished(transaction);
        return request.result;
      } catch (error) {
        // Another tab destroyed the database between two lines of this: it is made anew, once.
        const wasClosed = error instanceof DOMException && error.name === 'InvalidStateError';
        if (!wasClosed || attempt > 1) throw error;
        this.#opening = undefined;
      }
    }
  }

  #opened(): Promise<Opened> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<Opened> {
    const database = await openDatabase();
    database.onversionchange = () => void this.#close();
    database.onclose = () => void this.#close();
    try {
      return { database, keys: await keepFirst(database, await makeKeys()) };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async #close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    (await opening?.catch(() => undefined))?.database.close();
  }
}

/** Stores `made` unless there are keys already (two tabs may start at once), and says which count. */
async function keepFirst(database: IDBDatabase, made: ShelfKeys): Promise<ShelfKeys> {
  const transaction = database.transaction(KEYS, 'readwrite');
  const keys = transaction.objectStore(KEYS);
  const read = keys.get(NAME) as IDBRequest<ShelfKeys | undefined>;
  read.onsuccess = () => {
    if (!read.result) keys.put(made, NAME);
  };
  await finished(transaction);
  return read.result ?? made;
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DEVICE_DATABASE, 1);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Error('IndexedDB does not answer'));
    }, OPEN_MILLIS);
    request.onupgradeneeded = () => {
      const records = request.result.createObjectStore(RECORDS, { keyPath: ['store', 'id'] });
      records.createIndex(EXPIRES, EXPIRES);
      request.result.createObjectStore(KEYS);
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      if (late) request.result.close();
      else resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error ?? new Error('IndexedDB does not open'));
    };
  });
}

/** Also resolves where another tab still has it open: it goes when that one lets go. */
function removeDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DEVICE_DATABASE);
    request.onsuccess = () => resolve();
    request.onblocked = () => resolve();
    request.onerror = () => reject(request.error ?? new Error('IndexedDB does not delete'));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up'));
  });
}

function rangeOf(store: string, prefix: string): IDBKeyRange {
  return IDBKeyRange.bound([store, prefix], [store, prefix + LAST]);
}
