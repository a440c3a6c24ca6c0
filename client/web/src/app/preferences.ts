/** What this browser remembers between meetings: a name, devices, and whether they were on. */
import type { LocalMediaChoices } from '@conclave/sdk';

export interface Preferences extends LocalMediaChoices {
  name: string;
}

const KEY = 'conclave.preferences';

const DEFAULTS: Preferences = {
  name: '',
  microphone: true,
  camera: true,
  microphoneId: '',
  cameraId: '',
  speakerId: '',
};

export function loadPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>;
    return { ...DEFAULTS, ...stored };
  } catch {
    return DEFAULTS;
  }
}

export function savePreferences(change: Partial<Preferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...loadPreferences(), ...change }));
  } catch {
    // Forbidden or full: the next meeting starts with the defaults.
  }
}
