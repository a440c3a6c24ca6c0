/**
 * This device's microphone, camera and screen: what is wanted, what is on, and why something is
 * not. Knows nothing of rooms; a lobby shows it and a meeting sends it.
 */
import {
  capture,
  captureBoth,
  type Captured,
  captureScreen,
  type DeviceLists,
  listDevices,
  type MediaProblem,
} from './capture.js';
import type { Publishing } from './protocol.js';
import { type Readable, Store } from './store.js';

export interface LocalSource {
  readonly on: boolean;
  /** The live track. A microphone that is off keeps its track, disabled, so that it is back at once. */
  readonly track: MediaStreamTrack | null;
  readonly problem: MediaProblem | null;
  /** The device that was chosen, or '' for the system's. */
  readonly deviceId: string;
  /** True while the device is being opened. */
  readonly opening: boolean;
}

export interface LocalMediaState {
  readonly microphone: LocalSource;
  readonly camera: LocalSource;
  readonly screen: LocalSource;
  readonly devices: DeviceLists;
  /** The loudspeaker that was chosen, or '' for the system's. */
  readonly speakerId: string;
}

export interface LocalMediaChoices {
  microphone: boolean;
  camera: boolean;
  microphoneId: string;
  cameraId: string;
  speakerId: string;
}

type Device = 'microphone' | 'camera';

const NO_SOURCE: LocalSource = { on: false, track: null, problem: null, deviceId: '', opening: false };

export class LocalMedia implements Readable<LocalMediaState> {
  readonly #store: Store<LocalMediaState>;
  /** Counts requests for each device, so that a slow one never overrides a later wish. */
  readonly #turn: Record<Device, number> = { microphone: 0, camera: 0 };

  constructor(choices: LocalMediaChoices) {
    this.#store = new Store<LocalMediaState>({
      microphone: { ...NO_SOURCE, on: choices.microphone, deviceId: choices.microphoneId },
      camera: { ...NO_SOURCE, on: choices.camera, deviceId: choices.cameraId },
      screen: NO_SOURCE,
      devices: { microphones: [], cameras: [], speakers: [] },
      speakerId: choices.speakerId,
    });
  }

  readonly getState = (): LocalMediaState => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  get publishing(): Publishing {
    const { microphone, camera, screen } = this.getState();
    return {
      microphone: microphone.on && microphone.track !== null,
      camera: camera.on && camera.track !== null,
      screen: screen.on,
    };
  }

  /** Says what is to be opened, before `start`. */
  want({ microphone, camera }: Pick<LocalMediaChoices, 'microphone' | 'camera'>): void {
    this.#patch('microphone', { on: microphone });
    this.#patch('camera', { on: camera });
  }

  /** Opens what is wanted. Never rejects: a problem is part of the state. */
  async start(): Promise<void> {
    navigator.mediaDevices?.addEventListener('devicechange', this.#refreshDevices);
    const { microphone, camera } = this.getState();
    if (microphone.on && camera.on) {
      const turns = [this.#begin('microphone', true), this.#begin('camera', true)] as const;
      const both = await captureBoth(microphone.deviceId, camera.deviceId);
      this.#adopt('microphone', turns[0], both.microphone);
      this.#adopt('camera', turns[1], both.camera);
    } else if (microphone.on) {
      await this.#open('microphone');
    } else if (camera.on) {
      await this.#open('camera');
    }
    await this.#refreshDevices();
  }

  async setMicrophone(on: boolean): Promise<void> {
    const { track } = this.getState().microphone;
    if (on && track?.readyState !== 'live') return this.#open('microphone');
    if (track) track.enabled = on;
    this.#patch('microphone', { on });
  }

  async setCamera(on: boolean): Promise<void> {
    if (on) return this.#open('camera');
    // The camera's light goes off only when the track is stopped.
    this.#turn.camera++;
    this.#release('camera');
    this.#patch('camera', { on: false, track: null, opening: false, problem: null });
  }

  /** Changes to another device; '' is the system's choice. */
  async choose(device: Device, deviceId: string): Promise<void> {
    this.#patch(device, { deviceId });
    const { on, track } = this.getState()[device];
    if (on || track) await this.#open(device, on);
  }

  chooseSpeaker(speakerId: string): void {
    this.#store.set({ speakerId });
  }

  /** Asks for a screen and shares it; false where the person declined. */
  async startScreen(): Promise<boolean> {
    const result = await captureScreen();
    if ('problem' in result) {
      if (result.problem !== 'denied') this.#patch('screen', { problem: result.problem });
      return false;
    }
    this.stopScreen();
    result.track.addEventListener('ended', () => this.stopScreen());
    this.#patch('screen', { on: true, track: result.track, problem: null });
    return true;
  }

  stopScreen(): void {
    this.getState().screen.track?.stop();
    this.#patch('screen', { on: false, track: null, problem: null });
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener('devicechange', this.#refreshDevices);
    for (const device of ['microphone', 'camera'] as const) {
      this.#turn[device]++;
      this.#release(device);
      this.#patch(device, { track: null, on: false, opening: false });
    }
    this.stopScreen();
  }

  async #open(device: Device, on = true): Promise<void> {
    const turn = this.#begin(device, on);
    this.#adopt(device, turn, await capture(device, this.getState()[device].deviceId));
    // Names of devices are told only to a page that has opened one.
    await this.#refreshDevices();
  }

  #begin(device: Device, on: boolean): number {
    this.#patch(device, { on, opening: true, problem: null });
    return ++this.#turn[device];
  }

  #adopt(device: Device, turn: number, result: Captured): void {
    if (turn !== this.#turn[device]) {
      if ('track' in result) result.track.stop();
      return;
    }
    this.#release(device);
    if ('problem' in result) {
      this.#patch(device, { on: false, track: null, opening: false, problem: result.problem });
      return;
    }
    const { track } = result;
    track.enabled = device === 'camera' || this.getState()[device].on;
    track.addEventListener('ended', () => this.#ended(device, track));
    this.#patch(device, { track, opening: false });
  }

  /** A device was unplugged or taken away: the system's own is tried once in its place. */
  #ended(device: Device, track: MediaStreamTrack): void {
    const { track: current, on, deviceId } = this.getState()[device];
    if (current !== track) return;
    this.#patch(device, { on: false, track: null, problem: 'lost' });
    if (!on || deviceId === '') return;
    this.#patch(device, { deviceId: '' });
    void this.#open(device);
  }

  #release(device: Device): void {
    this.getState()[device].track?.stop();
  }

  #patch(source: 'microphone' | 'camera' | 'screen', change: Partial<LocalSource>): void {
    this.#store.set({ [source]: { ...this.getState()[source], ...change } });
  }

  readonly #refreshDevices = async (): Promise<void> => {
    this.#store.set({ devices: await listDevices() });
  };
}
