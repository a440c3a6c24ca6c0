/**
 * What this device keeps, encrypted at rest: AES-256-GCM under a key that no script can read, a
 * fresh 96-bit nonce for every write, and each record bound to its place and its expiry, so that
 * none can be taken for another. Who copies the database gets names, sizes and expiry times.
 * Deleted is what the browser deletes: what its storage engine still has on a disk is sealed.
 */
import { base64url } from '../base64url.js';
import type { Readable } from '../store.js';
import { DatabaseShelf } from './databaseShelf.js';
import type { SealedRecord, Shelf } from './shelf.js';
import { SteadyShelf, type StorageState } from './steadyShelf.js';

export interface KeepOptions {
  /** Milliseconds since 1970 from which on it is not there any more. Stands in clear. */
  readonly expires?: number | undefined;
}

export interface Kept {
  readonly id: string;
  /** What was put; whoever put it knows its shape, and still has to check it: versions change. */
  readonly value: unknown;
}

type Form = 'json' | 'bytes';

const NONCE_BYTES = 12;
const utf8 = new TextEncoder();

export class Vault {
  readonly #shelf: SteadyShelf;
  readonly #cleared = new Set<() => void>();
  #lives = 0;
  #clearing = false;

  constructor(
    device: Shelf = new DatabaseShelf(),
    private readonly now: () => number = Date.now,
  ) {
    this.#shelf = new SteadyShelf(device);
  }

  /** Whether what is kept outlives this page. */
  get storage(): Readable<StorageState> {
    return this.#shelf.state;
  }

  /** Keeps a value that JSON can hold; `store` and `id` stand in clear. */
  put(store: string, id: string, value: unknown, options: KeepOptions = {}): Promise<void> {
    return this.#put(store, id, 'json', utf8.encode(JSON.stringify(value)), options);
  }

  putBytes(store: string, id: string, bytes: Uint8Array<ArrayBuffer>, options: KeepOptions = {}): Promise<void> {
    return this.#put(store, id, 'bytes', bytes, options);
  }

  /** Undefined where there is none, it has expired, or it cannot be opened. */
  async get(store: string, id: string): Promise<unknown> {
    const record = await this.#shelf.get(store, id);
    return record && this.#readJson(record);
  }

  async getBytes(store: string, id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const record = await this.#shelf.get(store, id);
    return record && this.#open(record, 'bytes');
  }

  /** All JSON records whose id begins with `prefix`, in the order of their ids. */
  async list(store: string, prefix = ''): Promise<Kept[]> {
    const kept: Kept[] = [];
    for (const record of await this.#shelf.list(store, prefix)) {
      const value = await this.#readJson(record);
      if (value !== undefined) kept.push({ id: record.id, value });
    }
    return kept;
  }

  delete(store: string, id: string): Promise<void> {
    return this.#shelf.delete(store, id);
  }

  deleteAll(store: string, prefix = ''): Promise<void> {
    return this.#shelf.deleteAll(store, prefix);
  }

  /** Deletes what has expired by `until` (now, if not said), in one store or in all. */
  sweep(until = this.now(), store?: string): Promise<void> {
    return this.#shelf.deleteExpired(until, store);
  }

  /** A name for `text` that tells nothing about it to who has no access to this profile's keys. */
  async hide(text: string): Promise<string> {
    const { name } = await this.#shelf.keys();
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', name, utf8.encode(text)));
    return base64url(mac.subarray(0, 16));
  }

  /** Deletes everything, the keys too. Rejects where the browser does not let it. */
  async clearAll(): Promise<void> {
    this.#lives++;
    this.#clearing = true;
    try {
      await this.#shelf.destroy();
    } finally {
      this.#clearing = false;
      for (const listener of [...this.#cleared]) listener();
    }
  }

  /** Calls `listener` whenever all was deleted; returns how to stop. */
  onCleared(listener: () => void): () => void {
    this.#cleared.add(listener);
    return () => this.#cleared.delete(listener);
  }

  async #put(
    store: string,
    id: string,
    form: Form,
    plain: Uint8Array<ArrayBuffer>,
    { expires }: KeepOptions,
  ): Promise<void> {
    const life = this.#lives;
    const { seal } = await this.#shelf.keys();
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const bound = boundTo(store, id, form, expires);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: bound }, seal, plain);
    // Cleared meanwhile: nothing from before is to come after.
    if (life !== this.#lives || this.#clearing) return;
    await this.#shelf.put({ store, id, nonce, sealed, ...(expires === undefined ? {} : { expires }) });
  }

  async #readJson(record: SealedRecord): Promise<unknown> {
    const plain = await this.#open(record, 'json');
    return plain && JSON.parse(new TextDecoder().decode(plain));
  }

  async #open(record: SealedRecord, form: Form): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { store, id, expires, nonce, sealed } = record;
    if (expires !== undefined && expires <= this.now()) {
      await this.#shelf.delete(store, id);
      return undefined;
    }
    const { seal } = await this.#shelf.keys();
    const additionalData = boundTo(store, id, form, expires);
    try {
      return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData }, seal, sealed));
    } catch {
      // Of keys that are gone, or not written by this vault: of no use to anybody.
      return undefined;
    }
  }
}

function boundTo(store: string, id: string, form: Form, expires: number | undefined): Uint8Array<ArrayBuffer> {
  return utf8.encode(JSON.stringify(['conclave vault v1', store, id, form, expires ?? null]));
}
