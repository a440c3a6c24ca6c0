/** What this browser remembers between meetings: a name, devices, and whether they were on; sealed at rest. */
import { type LocalMediaChoices, openDevice, SealedPreferences } from '@conclave/sdk';

export interface Preferences extends LocalMediaChoices {
  name: string;
}

const DEFAULTS: Preferences = {
  name: '',
  microphone: true,
  camera: true,
  microphoneId: '',
  cameraId: '',
  speakerId: '',
};

/** Longer nobody waits for storage: the meeting then begins with the defaults. */
const PATIENCE_MILLIS = 1_000;

let opened: SealedPreferences<Preferences> | undefined;
let forgetting = false;

/** Resolves when `loadPreferences` tells what was kept; never rejects. */
export async function openPreferences(): Promise<void> {
  const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MILLIS));
  await Promise.race([open(), patience]).catch(() => undefined);
}

async function open(): Promise<void> {
  const { vault } = await openDevice();
  opened = await SealedPreferences.load(vault, DEFAULTS);
}

export function loadPreferences(): Preferences {
  return opened?.getState() ?? DEFAULTS;
}

export function savePreferences(change: Partial<Preferences>): void {
  if (!forgetting) opened?.set(change);
}

/** Deletes all that is kept of Conclave in this browser; this page does not begin to keep anything anew. */
export async function clearData(): Promise<void> {
  forgetting = true;
  await (await openDevice()).clearAll();
}
