/**
 * A room's root secret, so that a reload of a passphrase room does not ask for the passphrase
 * again. Only the tab that remembered it finds it; it goes when the person leaves, when the tab is
 * closed (nothing finds it then) and after a day in any case.
 */
import { base64url } from '../base64url.js';
import type { Sid } from '../protocol.js';
import type { Vault } from './vault.js';

const STORE = 'roots';
const MOST_MILLIS = 24 * 3_600_000;
const TAB = 'conclave.tab';

export class RememberedKeys {
  constructor(
    private readonly vault: Vault,
    private readonly now: () => number = Date.now,
    private readonly tab: string = tabName(),
  ) {}

  async remember(sid: Sid, root: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.vault.putBytes(STORE, await this.#id(sid), root, { expires: this.now() + MOST_MILLIS });
  }

  async recall(sid: Sid): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.vault.getBytes(STORE, await this.#id(sid));
  }

  /** At leaving, and at the room's end. */
  async forget(sid: Sid): Promise<void> {
    await this.vault.delete(STORE, await this.#id(sid));
  }

  #id(sid: Sid): Promise<string> {
    return this.vault.hide(`root ${this.tab} ${sid}`);
  }
}

/** A random name that lives as long as this tab. */
function tabName(): string {
  const fresh = base64url(crypto.getRandomValues(new Uint8Array(16)));
  try {
    const known = sessionStorage.getItem(TAB);
    if (known !== null) return known;
    sessionStorage.setItem(TAB, fresh);
  } catch {
    // Forbidden: a reload asks for the passphrase again.
  }
  return fresh;
}
