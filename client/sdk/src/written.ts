/** What is inside a sealed chat message, and its plain form in rooms that are not encrypted. */
import { asFileOffer } from './files/fileOffer.js';
import type { FileOffer } from './files/fileOffer.js';

export type Written = { readonly text: string; readonly file?: never } | { readonly file: FileOffer; readonly text?: never };

/** Begins the plain form of a file's offer. */
const PLAIN_FILE = 'conclave:file ';

/** What is sealed says when it was: whoever comes later is not shown it as new. `at`: milliseconds since 1970. */
export function toBytes(written: Written, at: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...written, at }));
}

/** Nothing where it is not what a client writes. */
export function fromBytes(bytes: Uint8Array): { readonly written: Written; readonly at: number } | undefined {
  const json = new TextDecoder().decode(bytes);
  const written = read(json);
  const { at } = (written ? JSON.parse(json) : {}) as { at?: unknown };
  return written && typeof at === 'number' ? { written, at } : undefined;
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
  const file = 'file' in value ? asFileOffer(value.file) : undefined;
  return file && { file };
}
