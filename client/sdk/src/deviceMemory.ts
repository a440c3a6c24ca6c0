/** What a meeting has this device remember: the room's secret over a reload, and what was written, if the person wants. */
import { claimsOf } from './admission.js';
import { base64url } from './base64url.js';
import { type Device, openDevice } from './device/device.js';
import type { KeptEntry } from './device/keptEntry.js';
import type { Sid } from './protocol.js';
import type { ChatEntry } from './talk.js';

export class DeviceMemory {
  /** Which room, whichever life it is in: what is kept of another is not its. */
  #scope: string | undefined;

  constructor(private readonly open: () => Promise<Device> = openDevice) {}

  async recall(sid: Sid): Promise<Uint8Array | undefined> {
    const device = await this.#device();
    return device?.keys.recall(sid).catch(() => undefined);
  }

  async remember(sid: Sid, secret: Uint8Array): Promise<void> {
    const device = await this.#device();
    await device?.keys.remember(sid, new Uint8Array(secret)).catch(() => undefined);
  }

  async forget(sid: Sid): Promise<void> {
    const device = await this.#device();
    await device?.keys.forget(sid).catch(() => undefined);
  }

  /** What this device kept of the room, once for each stay; nothing where it keeps nothing. `session`: the stay's token. */
  async arrive(session: string): Promise<readonly ChatEntry[]> {
    const scope = String(claimsOf(session)?.['room'] ?? '');
    if (scope === '' || scope === this.#scope) return [];
    this.#scope = scope;
    const device = await this.#device();
    const kept = (await device?.history.read(scope).catch(() => undefined)) ?? [];
    return kept.map(shown);
  }

  /** Keeps what was written, if the person wants. */
  async keep(entry: ChatEntry): Promise<void> {
    if (this.#scope === undefined || entry.old || entry.unreadable) return;
    const scope = this.#scope;
    const device = await this.#device();
    await device?.history.append(scope, kept(entry)).catch(() => undefined);
  }

  /** Nothing where this browser has no storage for pages like this. */
  #device(): Promise<Device | undefined> {
    return this.open().catch(() => undefined);
  }
}

function kept({ from, name, to, toName, text, file, at, own }: ChatEntry): KeptEntry {
  const id = base64url(crypto.getRandomValues(new Uint8Array(12)));
  return { id, from, name, to, toName, text, at, own, ...(file && { file }) };
}

function shown({ id, file, ...entry }: KeptEntry): ChatEntry {
  return { ...entry, id: `kept-${id}`, ...(file && { file }), unreadable: false, old: true };
}
