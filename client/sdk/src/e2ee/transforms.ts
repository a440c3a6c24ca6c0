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

function isLegacy(): boolean {
  return typeof RTCRtpSender === 'function' && 'createEncodedStreams' in RTCRtpSender.prototype;
}

/**
 * Every frame of `peer` goes through the worker from now on. To be called in the same task in which the
 * PeerConnection was made: Chromium takes a transform that is set later, and does not use it.
 */
export function protect(peer: Peer, worker: EncryptionWorker): void {
  const { id } = peer;
  for (const kind of SOURCES) attach(peer.senders[kind], { does: 'seal', peer: id, kind }, worker);
  for (const [slot, receiver] of peer.receivers().entries()) {
    const medium = receiver.track.kind === 'audio' ? 'audio' : 'video';
    attach(receiver, { does: 'open', peer: id, slot, medium }, worker);
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
