/**
 * The key by which an edge knows this browser again: Ed25519, not extractable, one a browser
 * profile. Whoever copies a token from it gains nothing without it.
 */
import { base64url } from './base64url.js';
import { ConclaveError } from './errors.js';

export interface DeviceKey {
  /** Raw public key, base64url. */
  readonly publicKey: string;
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

const DATABASE = 'conclave';
const STORE = 'keys';
const NAME = 'device';

let loading: Promise<DeviceKey> | undefined;

/** This browser profile's key; made at the first call. */
export function deviceKey(): Promise<DeviceKey> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Gives a key pair the form that `proof` uses. */
export async function asDeviceKey(pair: CryptoKeyPair): Promise<DeviceKey> {
  const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
  return {
    publicKey: base64url(new Uint8Array(raw)),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message)),
  };
}

export async function generateKeyPair(): Promise<CryptoKeyPair> {
  try {
    return (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair;
  } catch (cause) {
    throw new ConclaveError('unsupported', 'This browser cannot make an Ed25519 key.', { cause });
  }
}

async function load(): Promise<DeviceKey> {
  const pair = await generateKeyPair();
  try {
    return await asDeviceKey(await keepFirst(pair));
  } catch {
    // Private windows may have no IndexedDB: a key for this page alone still admits, and only a
    // reload would need a new join.
    return asDeviceKey(pair);
  }
}

/** Stores `pair` unless there is one already (two tabs may start at once), and says which counts. */
async function keepFirst(pair: CryptoKeyPair): Promise<CryptoKeyPair> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, 'readwrite');
      const store = transaction.objectStore(STORE);
      const read = store.get(NAME) as IDBRequest<CryptoKeyPair | undefined>;
      read.onsuccess = () => {
        if (!read.result) store.put(pair, NAME);
      };
      transaction.oncomplete = () => resolve(read.result ?? pair);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('IndexedDB is blocked'));
  });
}
