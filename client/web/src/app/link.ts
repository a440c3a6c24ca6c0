/**
 * What stands in a link's fragment, which no server sees: by what one comes in, the room's key or
 * that there is a passphrase, and the room's name, which is nobody else's business either.
 */
import type { Pin, Ticket } from '@conclave/sdk';

/** 256 bits in base64url. */
const KEY = /^[A-Za-z0-9_-]{43}$/;
/** Longest name of a room that a link brings along, in characters. */
const MAX_TITLE = 80;

export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** What a fragment pins; `undefined` where it names a key that is not whole: then nothing may be assumed. */
export function readPin(fragment: URLSearchParams): Pin | undefined {
  const key = fragment.get('k');
  if (key !== null) {
    const title = readTitle(fragment);
    return isKey(key) ? { mode: 'key', key, ...(title && { title }) } : undefined;
  }
  // Whatever it is set to: a link that was cut still says that the room is encrypted.
  return fragment.has('p') ? { mode: 'passphrase' } : { mode: 'none' };
}

function readTitle(fragment: URLSearchParams): string {
  const plain = (fragment.get('n') ?? '').replaceAll(/\p{Cc}/gu, ' ').trim();
  return [...plain].slice(0, MAX_TITLE).join('');
}

/** The address of a room. The title comes last: where a link is cut, it goes first. */
export function roomLink(origin: string, ticket: Ticket, pin: Pin): string {
  const parts = ['invite' in ticket ? `i=${encodeURIComponent(ticket.invite)}` : `t=${encodeURIComponent(ticket.token)}`];
  if (pin.mode === 'key') parts.push(`k=${pin.key}`);
  if (pin.mode === 'passphrase') parts.push('p=1');
  if (pin.mode === 'key' && pin.title) parts.push(`n=${encodeURIComponent(pin.title)}`);
  return `${origin}/room#${parts.join('&')}`;
}
