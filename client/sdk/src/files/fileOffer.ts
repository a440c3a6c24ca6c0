/**
 * A file that somebody offers. The offer travels in a chat message; its bytes are asked for by
 * their places, in chunks, from whoever offered it.
 */
import { base64url } from '../base64url.js';
import { safeFileName } from './fileName.js';

/** Largest file, in bytes. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;
/** Bytes of a file in one message, the last one of a file excepted. */
export const CHUNK_BYTES = 15_872;
/** Length of a file's id in bytes. */
export const FILE_ID_BYTES = 16;

export interface FileOffer {
  /** 16 random bytes, base64url. */
  readonly id: string;
  /** Fit to be saved under. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** As its sender's system calls it; '' where it does not know. Not to be trusted: see `safeType`. */
  readonly type: string;
}

const ID = /^[\w-]{22}$/;
const TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/;

/** A fresh offer. */
export function offerOf({ name, size, type }: { name: string; size: number; type: string }): FileOffer {
  const id = base64url(crypto.getRandomValues(new Uint8Array(FILE_ID_BYTES)));
  return { id, name: safeFileName(name), size, type: TYPE.test(type) ? type : '' };
}

/** What somebody sent, if it is an offer. */
export function asFileOffer(value: unknown): FileOffer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name, size, type } = value as Partial<Record<keyof FileOffer, unknown>>;
  if (typeof id !== 'string' || !ID.test(id) || typeof name !== 'string') return undefined;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > MAX_FILE_BYTES) return undefined;
  return { id, name: safeFileName(name), size, type: typeof type === 'string' && TYPE.test(type) ? type : '' };
}

/** Into how many chunks so many bytes go. */
export function chunksOf(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

/** Length of one chunk of a file of so many bytes; 0 where it has no such chunk. */
export function chunkLength(size: number, index: number): number {
  return Math.max(0, Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES));
}
