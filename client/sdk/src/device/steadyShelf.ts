/**
 * A shelf that always works: what the device does not take (a private window, storage that is
 * forbidden or full) lies in this page's memory, and the state says so.
 */
import { Store } from '../store.js';
import { MemoryShelf, type SealedRecord, type Shelf, type ShelfKeys } from './shelf.js';

export interface StorageState {
  /** Where what is kept now lies: on this device, or only in this page, which a reload empties. */
  readonly place: 'device' | 'page';
  /** Why not on the device: no database here, no permission for one, or no room; null where it is. */
  readonly why: null | 'missing' | 'blocked' | 'full';
}

export class SteadyShelf implements Shelf {
  readonly state = new Store<StorageState>({ place: 'device', why: null });
  readonly #page = new MemoryShelf();
  #usable = true;

  constructor(private readonly device: Shelf) {}

  async keys(): Promise<ShelfKeys> {
    return (await this.#deviceKeys()) ?? this.#page.keys();
  }

  async get(store: string, id: string): Promise<SealedRecord | undefined> {
    return (await this.#page.get(store, id)) ?? (await this.#try((device) => device.get(store, id)));
  }

  async list(store: string, prefix: string): Promise<SealedRecord[]> {
    const found = new Map<string, SealedRecord>();
    const lists = [await this.#try((device) => device.list(store, prefix)), await this.#page.list(store, prefix)];
    for (const record of lists.flatMap((list) => list ?? [])) found.set(record.id, record);
    return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async put(record: SealedRecord): Promise<void> {
    const done = await this.#try(async (device) => {
      await device.put(record);
      return true;
    });
    if (done) return this.#page.delete(record.store, record.id);
    await this.#page.put(record);
    // What it was to replace would come back with the next page.
    await this.#try((device) => device.delete(record.store, record.id));
  }

  async delete(store: string, id: string): Promise<void> {
    await this.#page.delete(store, id);
    if (await this.#deviceKeys()) await this.device.delete(store, id);
  }

  async deleteAll(store: string, prefix: string): Promise<void> {
    await this.#page.deleteAll(store, prefix);
    if (await this.#deviceKeys()) await this.device.deleteAll(store, prefix);
  }

  async deleteExpired(until: number, store?: string): Promise<void> {
    await this.#page.deleteExpired(until, store);
    await this.#try((device) => device.deleteExpired(until, store));
  }

  async destroy(): Promise<void> {
    await this.#page.destroy();
    try {
      // Also where it is of no use now: an earlier page may have kept something there.
      await this.device.destroy();
    } catch (error) {
      if (reasonOf(error) !== 'missing') throw error;
      return;
    }
    this.#usable = true;
    this.state.set({ place: 'device', why: null });
  }

  /** Undefined where the device is of no use, or fails. */
  async #try<T>(ask: (device: Shelf) => Promise<T>): Promise<T | undefined> {
    if (!(await this.#deviceKeys())) return undefined;
    try {
      return await ask(this.device);
    } catch (error) {
      this.#degrade(error);
      return undefined;
    }
  }

  async #deviceKeys(): Promise<ShelfKeys | undefined> {
    if (!this.#usable) return undefined;
    try {
      return await this.device.keys();
    } catch (error) {
      // For good: what was sealed by one key must not come among what is sealed by another.
      this.#usable = false;
      this.#degrade(error);
      return undefined;
    }
  }

  #degrade(error: unknown): void {
    this.state.set({ place: 'page', why: reasonOf(error) });
  }
}

function reasonOf(error: unknown): StorageState['why'] {
  if (typeof indexedDB === 'undefined') return 'missing';
  return error instanceof DOMException && error.name === 'QuotaExceededError' ? 'full' : 'blocked';
}
