/** One thing that was written, in the form in which it is kept on this device. */
import type { FileOffer } from '../files/fileOffer.js';
import type { Pid } from '../protocol.js';

export interface KeptEntry {
  /**
   * Different for each entry of a room, after a reload too, and the same when the same one comes
   * again: each is kept once. A number that a page counts is neither.
   */
  readonly id: string;
  readonly from: Pid;
  readonly name: string;
  /** Null where it was written to everyone. */
  readonly to: Pid | null;
  readonly toName: string | null;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly own: boolean;
  /** What was offered with it; the file itself is not kept. */
  readonly file?: FileOffer;
}

/** `value` if it is one; a former version may have written something else. */
export function asKeptEntry(value: unknown): KeptEntry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entry = value as Partial<Record<keyof KeptEntry, unknown>>;
  const isOne =
    typeof entry.id === 'string' &&
    typeof entry.from === 'string' &&
    typeof entry.name === 'string' &&
    isTextOrNull(entry.to) &&
    isTextOrNull(entry.toName) &&
    typeof entry.text === 'string' &&
    typeof entry.at === 'number' &&
    typeof entry.own === 'boolean' &&
    (entry.file === undefined || isFile(entry.file));
  return isOne ? (value as KeptEntry) : undefined;
}

function isFile(value: unknown): value is FileOffer {
  if (typeof value !== 'object' || value === null) return false;
  const file = value as Partial<Record<keyof FileOffer, unknown>>;
  return (
    typeof file.id === 'string' &&
    typeof file.name === 'string' &&
    typeof file.size === 'number' &&
    typeof file.type === 'string'
  );
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
