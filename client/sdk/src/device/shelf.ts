/**
 * Where sealed records lie. A shelf sees names, expiry times and ciphertext, never what is in a
 * record: that is the vault's.
 */

/** The two keys of a browser profile; neither can be read by any script. */
export interface ShelfKeys {
  /** AES-256-GCM: seals records. */
  readonly seal: CryptoKey;
  /** HMAC-SHA-256: gives records names that tell nothing. */
  readonly name: CryptoKey;
}

export interface SealedRecord {
  readonly store: string;
  readonly id: string;
  /** Milliseconds since 1970 from which on it is deleted; absent: kept until somebody deletes it. */
  readonly expires?: number;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

/** Every method rejects where the storage fails; none does where there is nothing to do. */
export interface Shelf {
  /** The same for everybody who uses this shelf, until it is destroyed. */
  keys(): Promise<ShelfKeys>;
  get(store: string, id: string): Promise<SealedRecord | undefined>;
  /** All whose id begins with `prefix`, in the order of their ids. */
  list(store: string, prefix: string): Promise<SealedRecord[]>;
  /** Replaces one of the same store and id. */
  put(record: SealedRecord): Promise<void>;
  delete(store: string, id: string): Promise<void>;
  deleteAll(store: string, prefix: string): Promise<void>;
  /** Deletes what expires at `until` or before; in one store, or in all. */
  deleteExpired(until: number, store?: string): Promise<void>;
  /** Deletes all records and the keys. The shelf can be used again, empty and with other keys. */
  destroy(): Promise<void>;
}

export async function makeKeys(): Promise<ShelfKeys> {
  const [seal, name] = await Promise.all([
    crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
    crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
  ]);
  return { seal, name };
}

/** A shelf in this page's memory: a reload empties it. */
export class MemoryShelf implements Shelf {
  readonly #records = new Map<string, SealedRecord>();
  #keys: Promise<ShelfKeys> | undefined;

  keys(): Promise<ShelfKeys> {
    this.#keys ??= makeKeys();
    return this.#keys;
  }

  async get(store: string, id: string): Promise<SealedRecord | undefined> {
    return this.#records.get(place(store, id));
  }

  async list(store: string, prefix: string): Promise<SealedRecord[]> {
    return this.#of(store, prefix).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async put(record: SealedRecord): Promise<void> {
    this.#records.set(place(record.store, record.id), record);
  }

  async delete(store: string, id: string): Promise<void> {
    this.#records.delete(place(store, id));
  }

  async deleteAll(store: string, prefix: string): Promise<void> {
    for (const { id } of this.#of(store, prefix)) this.#records.delete(place(store, id));
  }

  async deleteExpired(until: number, store?: string): Promise<void> {
    for (const [at, record] of this.#records) {
      const isMeant = store === undefined || record.store === store;
      if (isMeant && record.expires !== undefined && record.expires <= until) this.#records.delete(at);
    }
  }

  async destroy(): Promise<void> {
    this.#records.clear();
    this.#keys = undefined;
  }

  #of(store: string, prefix: string): SealedRecord[] {
    return [...this.#records.values()].filter((r) => r.store === store && r.id.startsWith(prefix));
  }
}

function place(store: string, id: string): string {
  return JSON.stringify([store, id]);
}
