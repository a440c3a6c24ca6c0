/** Seals the frames of one sender. What cannot be sealed is not sent. */
import { clearBytes } from '../../wasm/conclave_crypto.js';
import type { SourceKind } from '../protocol.js';
import { codecOf, type EncodedFrame } from './codec.js';
import type { Instance } from './keys.js';
import { STREAM } from './messages.js';

const NONCE_BYTES = 12;
/** VP8's clear bytes, the longest there are. */
const MOST_CLEAR = 10;

export interface SealingEvents {
  /** A codec that is not sealed yet. */
  codec(): void;
}

export class Sealing {
  constructor(
    private readonly kind: SourceKind,
    /** The sender instance of this sender's PeerConnection; nothing before it has begun. */
    private readonly instance: () => Instance | undefined,
    private readonly events: SealingEvents,
  ) {}

  /** The frame, sealed; nothing where it must not be sent. */
  async frame<F extends EncodedFrame>(frame: F): Promise<F | undefined> {
    const instance = this.instance();
    const stream = STREAM[this.kind];
    const key = instance?.keys.get(stream);
    if (!instance || !key) return undefined;
    const codec = codecOf(frame, this.kind === 'microphone' ? 'audio' : 'video');
    if (codec === undefined) {
      this.events.codec();
      return undefined;
    }
    const encoded = new Uint8Array(frame.data);
    const clear = clearBytes(codec, encoded.subarray(0, MOST_CLEAR));
    if (clear < 0) return undefined;
    // Uses up the counter, whatever becomes of the frame.
    const begun = instance.sending.begin(stream);
    const header = begun.subarray(NONCE_BYTES);
    const additionalData = new Uint8Array(header.length + 1 + clear);
    additionalData.set(header);
    additionalData[header.length] = codec;
    additionalData.set(encoded.subarray(0, clear), header.length + 1);
    const algorithm = { name: 'AES-GCM', iv: begun.slice(0, NONCE_BYTES), additionalData };
    const body = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, encoded.subarray(clear)));
    const sealed = new Uint8Array(clear + header.length + body.length);
    sealed.set(encoded.subarray(0, clear));
    sealed.set(header, clear);
    sealed.set(body, clear + header.length);
    frame.data = sealed.buffer;
    return frame;
  }
}
