/** What somebody gave where a passphrase is asked for: that, or the room's key, bare or in its link. */
import { isKey } from '../app/link';

export type Given =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'key'; readonly key: string }
  /** A link without a whole key: taken for a passphrase it would open nothing. */
  | { readonly kind: 'broken_link' };

const LINK = /^https?:\/\/|^\/?room#/i;

export function readSecret(text: string): Given {
  const given = text.trim();
  if (given === '') return { kind: 'nothing' };
  if (isKey(given)) return { kind: 'key', key: given };
  if (!LINK.test(given)) return { kind: 'passphrase', passphrase: given };
  const key = new URLSearchParams(given.slice(given.indexOf('#') + 1)).get('k') ?? '';
  return isKey(key) ? { kind: 'key', key } : { kind: 'broken_link' };
}
