/** All that this browser profile keeps, as one: made once a page. */
import { History } from './history.js';
import { RememberedKeys } from './rememberedKeys.js';
import { Vault } from './vault.js';

export interface Device {
  readonly vault: Vault;
  readonly history: History;
  readonly keys: RememberedKeys;
  /** "Clear my data": history, keys and preferences are gone, and the choice of history is `never` again. */
  clearAll(): Promise<void>;
}

let opening: Promise<Device> | undefined;

/**
 * What this device keeps; what is too old is deleted first. Works without storage too:
 * `vault.storage` then says that all is kept in this page only.
 */
export function openDevice(): Promise<Device> {
  opening ??= open().catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function open(): Promise<Device> {
  const vault = new Vault();
  await vault.sweep();
  const history = await History.load(vault);
  const keys = new RememberedKeys(vault);
  return { vault, history, keys, clearAll: () => vault.clearAll() };
}
