/** What is inside a sealed chat message, and its plain form in rooms that are not encrypted. */
import type { FileOffer } from './security.js';

export type Written = { readonly text: string; readonly file?: never } | { readonly file: FileOffer; readonly text?: never };

/** Begins the plain form of a file's offer. */
const PLAIN_FILE = 'conclave:file ';
const ID = /^[A-Za-z0-9_-]{22}$/;
/** Longest name of a file, in characters. */
const MAX_FILE_NAME = 120;

export function toBytes(written: Written): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(written));
}

/** Nothing where it is not what a client writes. */
export function fromBytes(bytes: Uint8Array): Written | undefined {
  return read(new TextDecoder().decode(bytes));
}

export function toText(written: Written): string {
  return written.file ? PLAIN_FILE + JSON.stringify(written.file) : written.text;
}

/** A text that only looks like a file is a text. */
export function fromText(text: string): Written {
  const file = text.startsWith(PLAIN_FILE) ? read(`{"file":${text.slice(PLAIN_FILE.length)}}`) : undefined;
  return file ?? { text };
}

function read(json: string): Written | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if ('text' in value && typeof value.text === 'string') return { text: value.text };
  const file = 'file' in value ? offer(value.file) : undefined;
  return file && { file };
}

function offer(value: unknown): FileOffer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name, size, type } = value as Partial<FileOffer>;
  const fits =
    typeof id === 'string' &&
    ID.test(id) &&
    typeof name === 'string' &&
    name !== '' &&
    name.length <= MAX_FILE_NAME &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    typeof type === 'string' &&
    type.length <= MAX_FILE_NAME;
  return fits ? { id, name, size: size as number, type } : undefined;
}
