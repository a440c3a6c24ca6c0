/**
 * What people send each other over the node's data channel, before it is sealed: one byte that
 * says what it is, then its fields, big-endian.
 */
import { base64url, fromBase64url } from '../base64url.js';
import { FILE_ID_BYTES } from './fileOffer.js';

/** Asks are for everybody and small; data is for who may send files. */
export type RelayKind = 'ask' | 'data';

export type Message =
  /** Chunks from `from` on. */
  | { readonly type: 'want'; readonly file: string; readonly from: number; readonly count: number }
  | { readonly type: 'chunk'; readonly file: string; readonly index: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** There is no such file here, or not for you. */
  | { readonly type: 'gone'; readonly file: string }
  /** Too many are served: ask again in a while. */
  | { readonly type: 'busy'; readonly file: string }
  /** What was written before I came? `asking` comes back with the answer. */
  | { readonly type: 'history_ask'; readonly asking: string }
  | {
      readonly type: 'history_page';
      readonly asking: string;
      /** From 0. */
      readonly page: number;
      readonly pages: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  /** I tell nothing: ask somebody else. */
  | { readonly type: 'history_none'; readonly asking: string };

/** Most bytes of a message before it is sealed. */
export const MAX_DATA_BYTES = 16_000;
/** Length of what ties an answer to its question, in bytes. */
export const ASKING_BYTES = 8;
/** Most bytes of a page of history. */
export const MAX_PAGE_BYTES = MAX_DATA_BYTES - 1 - ASKING_BYTES - 4;

const TAG = { want: 1, chunk: 2, gone: 3, busy: 4, history_ask: 16, history_page: 17, history_none: 18 } as const;

export function kindOf({ type }: Message): RelayKind {
  return type === 'chunk' || type === 'history_page' ? 'data' : 'ask';
}

export function encode(message: Message): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'want':
      return pack(message.type, message.file, [u32(message.from), u16(message.count)]);
    case 'chunk':
      return pack(message.type, message.file, [u32(message.index), message.bytes]);
    case 'gone':
    case 'busy':
      return pack(message.type, message.file);
    case 'history_page':
      return pack(message.type, message.asking, [u16(message.page), u16(message.pages), message.bytes]);
    case 'history_ask':
    case 'history_none':
      return pack(message.type, message.asking);
  }
}

/** Undefined for whatever is not a message: others may send anything. */
export function decode(bytes: Uint8Array<ArrayBuffer>): Message | undefined {
  if (bytes.length > MAX_DATA_BYTES) return undefined;
  const idEnd = 1 + (bytes[0]! < TAG.history_ask ? FILE_ID_BYTES : ASKING_BYTES);
  if (bytes.length < idEnd) return undefined;
  const id = base64url(bytes.subarray(1, idEnd));
  const body = bytes.subarray(idEnd);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  switch (bytes[0]) {
    case TAG.want:
      if (body.length !== 6) return undefined;
      return { type: 'want', file: id, from: view.getUint32(0), count: view.getUint16(4) };
    case TAG.chunk:
      if (body.length < 5) return undefined;
      return { type: 'chunk', file: id, index: view.getUint32(0), bytes: body.subarray(4) };
    case TAG.gone:
      return body.length === 0 ? { type: 'gone', file: id } : undefined;
    case TAG.busy:
      return body.length === 0 ? { type: 'busy', file: id } : undefined;
    case TAG.history_ask:
      return body.length === 0 ? { type: 'history_ask', asking: id } : undefined;
    case TAG.history_page:
      if (body.length < 4) return undefined;
      return {
        type: 'history_page',
        asking: id,
        page: view.getUint16(0),
        pages: view.getUint16(2),
        bytes: body.subarray(4),
      };
    case TAG.history_none:
      return body.length === 0 ? { type: 'history_none', asking: id } : undefined;
    default:
      return undefined;
  }
}

function pack(type: Message['type'], id: string, parts: readonly Uint8Array[] = []): Uint8Array<ArrayBuffer> {
  const all = [Uint8Array.of(TAG[type]), fromBase64url(id), ...parts];
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
