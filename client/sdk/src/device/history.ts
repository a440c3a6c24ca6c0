/**
 * What was written in rooms, on this device, for as long as the person chose. The choice is
 * `never` until they make another: then not one byte about a room is written, nor left behind.
 * A room's entries lie under a name that tells neither the room nor the person, sealed one by one.
 */
import { Store } from '../store.js';
import { asKeptEntry, type KeptEntry } from './keptEntry.js';
import type { Vault } from './vault.js';

export const KEEPS = ['never', 'day', 'week', 'month'] as const;
/** How long what was written is kept on this device. */
export type Keep = (typeof KEEPS)[number];

/** Entries kept of one room and person; older ones go first. */
export const MAX_KEPT_ENTRIES = 2_000;
/** Largest entry that is kept, in bytes of JSON. */
export const MAX_KEPT_BYTES = 16_384;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AGES: Record<Exclude<Keep, 'never'>, number> = { day: DAY, week: 7 * DAY, month: 30 * DAY };
const LONGEST = AGES.month;

const STORE = 'history';
const PREFERENCES = 'preferences';
const KEEP = 'history';
/** Appends that may wait for the device; beyond that it does not follow, and they are not kept. */
const MOST_WAITING = 256;

/** What is known of a room's records without reading them again. */
interface Index {
  /** Id of an entry → id of its record; in order. */
  readonly records: Map<string, string>;
  next: number;
}

export class History {
  readonly #store = new Store<{ readonly keep: Keep }>({ keep: 'never' });
  readonly #indexes = new Map<string, Index>();
  /** One thing at a time, in the order in which it was asked for. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  private constructor(
    private readonly vault: Vault,
    private readonly now: () => number,
    private readonly most: number,
  ) {
    vault.onCleared(() => {
      this.#indexes.clear();
      this.#store.set({ keep: 'never' });
    });
  }

  /** Reads the choice and deletes what is older than it allows. */
  static async load(vault: Vault, now: () => number = Date.now, most: number = MAX_KEPT_ENTRIES): Promise<History> {
    const history = new History(vault, now, most);
    // Where the device cannot be read, nothing can be kept on it either.
    await history.#queue(() => history.#clean()).catch(() => undefined);
    return history;
  }

  get keep(): Keep {
    return this.#store.getState().keep;
  }

  readonly getState = () => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** Chooses for all rooms; what is older than the choice allows is deleted before this resolves. */
  set(keep: Keep): Promise<void> {
    return this.#queue(async () => {
      if (keep === 'never') await this.vault.delete(PREFERENCES, KEEP);
      else await this.vault.put(PREFERENCES, KEEP, keep);
      await this.#clean();
    });
  }

  /** What is kept of `scope` (a room and a person in it, in words of the caller's), oldest first. */
  read(scope: string): Promise<KeptEntry[]> {
    return this.#queue(async () => {
      await this.#clean();
      if (this.keep === 'never') return [];
      const kept = await this.vault.list(STORE, await this.#prefix(scope));
      return kept.flatMap(({ value }) => asKeptEntry(value) ?? []);
    });
  }

  /** False where it is not kept: by choice, known already by its id, too large, or too fast. */
  async append(scope: string, entry: KeptEntry): Promise<boolean> {
    if (this.#waiting >= MOST_WAITING) return false;
    this.#waiting++;
    try {
      return await this.#queue(() => this.#append(scope, entry));
    } finally {
      this.#waiting--;
    }
  }

  /** Deletes what is kept of one room and person. */
  forget(scope: string): Promise<void> {
    return this.#queue(async () => {
      const prefix = await this.#prefix(scope);
      this.#indexes.delete(prefix);
      await this.vault.deleteAll(STORE, prefix);
    });
  }

  /** Deletes what is kept of all rooms; the choice stays. */
  clearAll(): Promise<void> {
    return this.#queue(() => this.#deleteAll());
  }

  async #append(scope: string, entry: KeptEntry): Promise<boolean> {
    // Another tab may have chosen otherwise meanwhile.
    const keep = await this.#readKeep();
    if (keep === 'never') return false;
    const expires = expiryOf(Math.min(entry.at, this.now()));
    const isTooOld = expires <= this.#threshold(keep);
    const isTooLarge = new TextEncoder().encode(JSON.stringify(entry)).length > MAX_KEPT_BYTES;
    if (isTooOld || isTooLarge) return false;
    const prefix = await this.#prefix(scope);
    const index = await this.#indexOf(prefix);
    if (index.records.has(entry.id)) return false;
    const id = `${prefix}${String(index.next++).padStart(10, '0')}.${suffix()}`;
    await this.vault.put(STORE, id, entry, { expires });
    index.records.set(entry.id, id);
    for (const [known, record] of index.records) {
      if (index.records.size <= this.most) break;
      index.records.delete(known);
      await this.vault.delete(STORE, record);
    }
    return true;
  }

  async #indexOf(prefix: string): Promise<Index> {
    const known = this.#indexes.get(prefix);
    if (known) return known;
    const index: Index = { records: new Map(), next: 0 };
    for (const { id, value } of await this.vault.list(STORE, prefix)) {
      index.next = Number.parseInt(id.slice(prefix.length), 10) + 1;
      const entry = asKeptEntry(value);
      if (entry) index.records.set(entry.id, id);
    }
    this.#indexes.set(prefix, index);
    return index;
  }

  async #clean(): Promise<void> {
    const keep = await this.#readKeep();
    if (keep === 'never') return this.#deleteAll();
    // What goes is still in the indexes: they are read anew when they are needed.
    this.#indexes.clear();
    await this.vault.sweep(this.#threshold(keep), STORE);
  }

  async #deleteAll(): Promise<void> {
    this.#indexes.clear();
    await this.vault.deleteAll(STORE);
  }

  async #readKeep(): Promise<Keep> {
    const stored = await this.vault.get(PREFERENCES, KEEP);
    const keep = KEEPS.find((choice) => choice === stored) ?? 'never';
    if (keep !== this.keep) this.#indexes.clear();
    this.#store.set({ keep });
    return keep;
  }

  /** Every entry is marked as if it was kept the longest; a shorter choice moves what counts as expired. */
  #threshold(keep: Exclude<Keep, 'never'>): number {
    return this.now() + LONGEST - AGES[keep];
  }

  async #prefix(scope: string): Promise<string> {
    return `${await this.vault.hide(`history ${scope}`)}/`;
  }

  #queue<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** To the hour: what stands in clear does not tell when exactly something was written. */
function expiryOf(at: number): number {
  return Math.floor((at + LONGEST) / HOUR) * HOUR;
}

/** Two tabs may count alike: neither replaces what the other wrote. */
function suffix(): string {
  return crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36);
}
