/** What a link pins about a room's encryption, and how it stands. */
import type { Pid } from './protocol.js';

/**
 * What the link itself says of a room's encryption. It stands in the fragment, which no server sees, and was
 * written by a client: what a server claims otherwise is not believed.
 */
export type Pin =
  /** End-to-end encrypted with this key: 256 bits, base64url. `title` is the room's, which no server knows. */
  | { readonly mode: 'key'; readonly key: string; readonly title?: string }
  /** End-to-end encrypted with a passphrase that people tell each other. */
  | { readonly mode: 'passphrase' }
  /** The link says nothing: the room is what the server says. */
  | { readonly mode: 'none' };

/** What was tried on this person, by a server or by somebody in the room. Nothing of it is ever shown or played. */
export type Alarm =
  /** Frames that nobody who is known in the room has sealed: not encrypted at all, or with another key. */
  | 'foreign'
  /** Somebody's frames in another's place. */
  | 'wrong_sender'
  /** Frames that were there before. */
  | 'replayed'
  /** Frames that were changed on their way. */
  | 'tampered'
  /** Frames of a codec that is not encrypted yet. */
  | 'codec'
  /** Somebody's hello is more than five minutes old: one of two clocks is wrong, or it was replayed. */
  | 'stale';

export type Security =
  /** Before the room's mode is known. */
  | { readonly mode: 'unknown' }
  | { readonly mode: 'off' }
  | {
      readonly mode: 'e2ee';
      readonly by: 'key' | 'passphrase';
      /** True once this device has the key. */
      readonly unlocked: boolean;
      /** Who holds another key: nothing is heard or seen of them. */
      readonly strangers: readonly Pid[];
      readonly alarms: readonly Alarm[];
    };

export type { FileOffer } from './files/fileOffer.js';
export type { Transfer } from './files/fileTransfers.js';
