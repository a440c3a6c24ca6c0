/** Opening devices: the constraints, and what a refusal means. */

/** Why a source cannot be on. */
export type MediaProblem =
  /** The person, the browser or the system said no. */
  | 'denied'
  /** There is no such device. */
  | 'missing'
  /** Another program has it. */
  | 'busy'
  /** It was there and went away. */
  | 'lost'
  /** This page may not ask (plain HTTP), or the browser cannot. */
  | 'unavailable';

export type Captured = { track: MediaStreamTrack } | { problem: MediaProblem };

export interface DeviceLists {
  readonly microphones: readonly MediaDeviceInfo[];
  readonly cameras: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
}

const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** Opens a device; the one that was chosen, or any where that is gone. */
export async function capture(device: 'microphone' | 'camera', deviceId: string): Promise<Captured> {
  const constraints = constraintsFor(device, deviceId);
  const result = await open(device === 'camera' ? { video: constraints } : { audio: constraints });
  return 'problem' in result ? result : { track: result.tracks[0]! };
}

/** Opens both with one question to the person; each by itself where that fails. */
export async function captureBoth(
  microphoneId: string,
  cameraId: string,
): Promise<{ microphone: Captured; camera: Captured }> {
  const result = await open({
    audio: constraintsFor('microphone', microphoneId),
    video: constraintsFor('camera', cameraId),
  });
  const tracks = 'tracks' in result ? result.tracks : [];
  const audio = tracks.find((track) => track.kind === 'audio');
  const video = tracks.find((track) => track.kind === 'video');
  if (audio && video) return { microphone: { track: audio }, camera: { track: video } };
  return {
    microphone: await capture('microphone', microphoneId),
    camera: await capture('camera', cameraId),
  };
}

function constraintsFor(device: 'microphone' | 'camera', deviceId: string): MediaTrackConstraints {
  const base = device === 'camera' ? CAMERA : MICROPHONE;
  // `ideal`: a remembered device that is not plugged in today is no reason to have none.
  return deviceId ? { ...base, deviceId: { ideal: deviceId } } : base;
}

async function open(
  constraints: MediaStreamConstraints,
): Promise<{ tracks: MediaStreamTrack[] } | { problem: MediaProblem }> {
  if (!navigator.mediaDevices?.getUserMedia) return { problem: 'unavailable' };
  try {
    const tracks = (await navigator.mediaDevices.getUserMedia(constraints)).getTracks();
    for (const track of tracks) track.contentHint = track.kind === 'video' ? 'motion' : 'speech';
    return tracks.length > 0 ? { tracks } : { problem: 'missing' };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** Lets the person choose a screen, window or tab. */
export async function captureScreen(): Promise<Captured> {
  if (!canShareScreen()) return { problem: 'unavailable' };
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 15, max: 30 } },
      audio: false,
    });
    const track = stream.getVideoTracks()[0];
    if (!track) return { problem: 'missing' };
    track.contentHint = 'detail';
    return { track };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

export async function listDevices(): Promise<DeviceLists> {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  const of = (kind: MediaDeviceKind) => all.filter((d) => d.kind === kind && d.deviceId !== '');
  return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

function problemOf(error: unknown): MediaProblem {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unavailable';
  }
}
