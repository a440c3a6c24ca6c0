/** Puts the encryption worker between a PeerConnection and its codecs. */
import type { Peer } from '../offer.js';
import { SOURCES } from '../protocol.js';
import type { EncryptionWorker } from './encryptionWorker.js';
import type { TransformOptions } from './messages.js';

type Side = RTCRtpSender | RTCRtpReceiver;
/** Chromium's way before it had the standard one. */
interface LegacySide {
  createEncodedStreams?(): { readable: ReadableStream; writable: WritableStream };
}

/** True where frames can be sealed at all. */
export function canEncrypt(): boolean {
  return hasScriptTransform() || isLegacy();
}

/** True where a PeerConnection has to be told beforehand that its frames will be handled. */
export function isLegacy(): boolean {
  return !hasScriptTransform() && typeof RTCRtpSender === 'function' && 'createEncodedStreams' in RTCRtpSender.prototype;
}

/** Every frame of `peer` goes through the worker from now on. To be called before the answer is set. */
export function protect(peer: Peer, worker: EncryptionWorker): void {
  const { id } = peer;
  for (const kind of SOURCES) attach(peer.senders[kind], { does: 'seal', peer: id, kind }, worker);
  for (const { mid, receiver } of peer.receivers()) {
    const medium = receiver.track.kind === 'audio' ? 'audio' : 'video';
    attach(receiver, { does: 'open', peer: id, mid, medium }, worker);
  }
}

/** Where frames had to be announced and the room is not encrypted, they pass as they are. */
export function passThrough(peer: Peer): void {
  if (!isLegacy()) return;
  const sides = [...SOURCES.map((kind) => peer.senders[kind]), ...peer.receivers().map(({ receiver }) => receiver)];
  for (const side of sides) {
    const streams = (side as LegacySide).createEncodedStreams?.();
    streams?.readable.pipeTo(streams.writable).catch(() => undefined);
  }
}

function attach(side: Side, options: TransformOptions, worker: EncryptionWorker): void {
  if (hasScriptTransform()) {
    side.transform = new RTCRtpScriptTransform(worker.worker as Worker, options);
    return;
  }
  const streams = (side as LegacySide).createEncodedStreams?.();
  if (streams) worker.pipe(options, streams);
}

function hasScriptTransform(): boolean {
  return typeof RTCRtpScriptTransform === 'function';
}
