/** The form on the wire of what was written in a room before somebody came: pages of JSON, bounded. */
import { MAX_CHAT_LENGTH, MAX_NAME_LENGTH, type Pid } from '../protocol.js';
import { MAX_PAGE_BYTES } from './messages.js';

/** Most that is told. */
export const MAX_TOLD_ENTRIES = 200;
export const MAX_TOLD_BYTES = 200_000;
const PID_LENGTH = 26;

/** Something that was written to everyone. */
export interface PublicEntry {
  readonly from: Pid;
  /** As it was when this was written. */
  readonly name: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface ToldEntry extends PublicEntry {
  /** Who says that this was written. */
  readonly toldBy: Pid;
}

/** The last of `entries` (oldest first) that may be told, as bodies of pages; at least one page. */
export function pagesOf(entries: readonly PublicEntry[]): Uint8Array<ArrayBuffer>[] {
  const utf8 = new TextEncoder();
  const told: { text: string; length: number }[] = [];
  let bytes = 0;
  for (const { from, name, text, at } of entries.slice(-MAX_TOLD_ENTRIES).reverse()) {
    const json = JSON.stringify([from, name, text, at]);
    const length = utf8.encode(json).length + 1;
    if (bytes + length > MAX_TOLD_BYTES) break;
    if (length + 1 > MAX_PAGE_BYTES) continue;
    told.unshift({ text: json, length });
    bytes += length;
  }
  const pages: string[][] = [[]];
  let room = MAX_PAGE_BYTES - 1;
  for (const { text, length } of told) {
    if (length > room) {
      pages.push([]);
      room = MAX_PAGE_BYTES - 1;
    }
    pages.at(-1)!.push(text);
    room -= length;
  }
  return pages.map((page) => utf8.encode(`[${page.join(',')}]`));
}

/** The entries of a page, cleaned of what nobody could have written; undefined where it is no page. */
export function entriesOf(bytes: Uint8Array, toldBy: Pid, now: number): ToldEntry[] | undefined {
  try {
    const page = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
    return Array.isArray(page) ? page.flatMap((value: unknown) => entryOf(value, toldBy, now) ?? []) : undefined;
  } catch {
    return undefined;
  }
}

function entryOf(value: unknown, toldBy: Pid, now: number): ToldEntry | undefined {
  if (!Array.isArray(value)) return undefined;
  const [from, name, text, at] = value as unknown[];
  if (typeof from !== 'string' || from.length > PID_LENGTH) return undefined;
  if (typeof name !== 'string' || typeof text !== 'string' || typeof at !== 'number') return undefined;
  const said = plain(text, MAX_CHAT_LENGTH);
  if (said === '' || !Number.isFinite(at)) return undefined;
  return { from, name: plain(name, MAX_NAME_LENGTH), text: said, at: Math.min(Math.max(0, at), now), toldBy };
}

function plain(text: string, most: number): string {
  return [...text.replaceAll(/[^\P{Cc}\n\t]/gu, '')].slice(0, most).join('');
}
