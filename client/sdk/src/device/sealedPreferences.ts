/**
 * Preferences that are encrypted at rest and yet read without waiting: loaded once when the page
 * starts, then in memory. What a former version kept in clear is taken over once and deleted.
 */
import { type Readable, Store } from '../store.js';
import type { Vault } from './vault.js';

/** Preferences of one level: texts, numbers and switches. */
export type Flat<T> = { [K in keyof T]: string | number | boolean };

/** Where a former version kept them, in clear. */
export const FORMER_PREFERENCES = 'conclave.preferences';

const STORE = 'preferences';
const ID = 'general';

export class SealedPreferences<T extends Flat<T>> implements Readable<T> {
  readonly #store: Store<T>;
  #writing: Promise<void> = Promise.resolve();
  #lives = 0;

  private constructor(
    private readonly vault: Vault,
    private readonly defaults: T,
    first: T,
  ) {
    this.#store = new Store(first);
    vault.onCleared(() => {
      this.#lives++;
      this.#store.set(defaults);
    });
  }

  /** Never rejects: where nothing can be read, the defaults count. */
  static async load<T extends Flat<T>>(vault: Vault, defaults: T): Promise<SealedPreferences<T>> {
    const former = readFormer();
    const stored = former ?? (await vault.get(STORE, ID).catch(() => undefined));
    const preferences = new SealedPreferences(vault, defaults, { ...defaults, ...fitting(defaults, stored) });
    if (former !== undefined) {
      preferences.set(preferences.getState());
      await preferences.flush();
    }
    deleteFormer();
    return preferences;
  }

  readonly getState = (): T => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** Counts at once; written down soon. */
  set(change: Partial<T>): void {
    this.#store.set(change);
    const life = this.#lives;
    this.#writing = this.#writing.then(() => this.#write(change, life)).catch(() => undefined);
  }

  /** Resolves when all that was set is written. */
  flush(): Promise<void> {
    return this.#writing;
  }

  /** Another tab may have changed other fields: only these are written over. */
  async #write(change: Partial<T>, life: number): Promise<void> {
    const stored = fitting(this.defaults, await this.vault.get(STORE, ID));
    if (life !== this.#lives) return;
    await this.vault.put(STORE, ID, { ...stored, ...change });
  }
}

/** The fields of `stored` that are of the kind that they are to be of. */
function fitting<T extends Flat<T>>(defaults: T, stored: unknown): Partial<T> {
  if (typeof stored !== 'object' || stored === null) return {};
  const known = Object.entries(stored).filter(
    ([field, value]) => field in defaults && typeof value === typeof defaults[field as keyof T],
  );
  return Object.fromEntries(known) as Partial<T>;
}

function readFormer(): unknown {
  try {
    return JSON.parse(localStorage.getItem(FORMER_PREFERENCES) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

function deleteFormer(): void {
  try {
    localStorage.removeItem(FORMER_PREFERENCES);
  } catch {
    // Forbidden: then nothing is there.
  }
}
