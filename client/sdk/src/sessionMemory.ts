/**
 * What a tab remembers across a reload: the session by which it comes back. One tab is in one
 * meeting at a time; closing the tab forgets it.
 */
import type { Encryption, Sid } from './protocol.js';

export interface RememberedSession {
  /** The invite or token of the link that it belongs to. */
  readonly link: string;
  /** Session token: useless without this browser's device key. */
  readonly session: string;
  readonly name: string;
  readonly title: string;
  /** As it was: before the answer to a rejoin nothing else tells. */
  readonly encryption: Encryption;
  readonly sid: Sid;
  readonly microphone: boolean;
  readonly camera: boolean;
}

const KEY = 'conclave.session';

export const sessionMemory = {
  recall(link: string): RememberedSession | undefined {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as RememberedSession | null;
      return found?.link === link ? found : undefined;
    } catch {
      return undefined;
    }
  },

  remember(session: RememberedSession): void {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(session));
    } catch {
      // Storage is full or forbidden: a reload will lead through the lobby.
    }
  },

  forget(): void {
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // Then nothing was stored either.
    }
  },
};
