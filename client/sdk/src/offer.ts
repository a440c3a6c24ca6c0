/**
 * One PeerConnection whose SDP is settled by a single offer and answer: three senders and a fixed
 * number of receive slots. Tracks come and go by `replaceTrack`; nothing is negotiated again.
 */
import { ConclaveError } from './errors.js';
import { restrict } from './negotiation.js';
import type { SourceKind } from './protocol.js';
import { INITIAL_LAYERS, layersFor, SCREEN_MAX_BITRATE } from './simulcast.js';

export const AUDIO_SLOTS = 3;
export const VIDEO_SLOTS = 9;

export type PeerState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

/** By which the encryption worker tells connections apart. */
let count = 0;

export class Peer {
  readonly id = ++count;
  readonly senders: Readonly<Record<SourceKind, RTCRtpSender>>;
  /** To everybody in the room, by way of the node: files and what was written before. */
  readonly relay: RTCDataChannel;
  readonly #connection: RTCPeerConnection;
  #offer: Promise<string> | undefined;

  /** Told of each change of ICE and DTLS. */
  onState: (state: PeerState) => void = () => undefined;

  /** `sealed`: no frame goes out or comes in but through a transform, which has to be set at once. */
  constructor({ sealed }: { sealed: boolean } = { sealed: false }) {
    // Chromium holds frames back then until there is a transform; without it, it would send them as they are.
    const held = sealed ? { encodedInsertableStreams: true } : {};
    this.#connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', ...held });
    // The order is the protocol: the node knows senders by it.
    this.senders = {
      microphone: this.#add('audio', { direction: 'sendonly' }),
      camera: this.#add('video', { direction: 'sendonly', sendEncodings: INITIAL_LAYERS }),
      screen: this.#add('video', {
        direction: 'sendonly',
        sendEncodings: [{ maxBitrate: SCREEN_MAX_BITRATE }],
      }),
    };
    for (let i = 0; i < AUDIO_SLOTS; i++) this.#add('audio', { direction: 'recvonly' });
    for (let i = 0; i < VIDEO_SLOTS; i++) this.#add('video', { direction: 'recvonly' });
    this.relay = this.#connection.createDataChannel('relay');
    this.relay.binaryType = 'arraybuffer';
    this.#connection.onconnectionstatechange = () => this.onState(this.state);
  }

  get state(): PeerState {
    return this.#connection.connectionState;
  }

  /** The offer. Without candidates: the node is ICE-lite and learns this side's address from its checks. */
  offer(): Promise<string> {
    this.#offer ??= (async () => {
      await this.#connection.setLocalDescription();
      const sdp = this.#connection.localDescription?.sdp;
      if (!sdp) throw new ConclaveError('unsupported', 'This browser made no offer.');
      return withoutCandidates(sdp);
    })();
    return this.#offer;
  }

  async accept(answer: string): Promise<void> {
    try {
      await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch (cause) {
      throw new ConclaveError('service', 'The answer of the media node cannot be used.', { cause });
    }
  }

  /** Sends `track` as this source, or nothing. */
  async send(kind: SourceKind, track: MediaStreamTrack | null): Promise<void> {
    const sender = this.senders[kind];
    if (this.state === 'closed' || sender.track === track) return;
    await sender.replaceTrack(track);
    if (kind === 'camera' && track) await this.#fitLayers(sender, track);
  }

  /** Receive tracks by the `mid` of their slot; known as soon as the offer is made. */
  slots(): Map<string, MediaStreamTrack> {
    return new Map(this.#receiving().flatMap(({ mid, receiver }) => (mid ? [[mid, receiver.track]] : [])));
  }

  /** Of the receive slots, in their order. */
  receivers(): RTCRtpReceiver[] {
    return this.#receiving().map(({ receiver }) => receiver);
  }

  /** Which of the receive slots has this `mid`; -1 for none, and before the offer is made. */
  slotOf(mid: string): number {
    return this.#receiving().findIndex((transceiver) => transceiver.mid === mid);
  }

  /** How many frames of each source the browser counts as sent: packets of sound, and pictures of all layers. */
  async sent(): Promise<Readonly<Record<SourceKind, number>>> {
    const { microphone, camera, screen } = this.senders;
    const counts = [microphone, camera, screen].map(async (sender) => frames(await sender.getStats()));
    const [voice = 0, face = 0, desk = 0] = await Promise.all(counts);
    return { microphone: voice, camera: face, screen: desk };
  }

  #receiving(): RTCRtpTransceiver[] {
    return this.#connection.getTransceivers().filter(({ direction }) => direction === 'recvonly');
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.onState = () => undefined;
    this.#connection.close();
  }

  #add(kind: 'audio' | 'video', init: RTCRtpTransceiverInit): RTCRtpSender {
    const transceiver = this.#connection.addTransceiver(kind, init);
    restrict(transceiver, kind);
    return transceiver.sender;
  }

  async #fitLayers(sender: RTCRtpSender, track: MediaStreamTrack): Promise<void> {
    const { width, height } = track.getSettings();
    if (!width || !height) return;
    const parameters = sender.getParameters();
    const layers = layersFor(width, height);
    for (const encoding of parameters.encodings) {
      const { rid: _, ...fit } = layers.find(({ rid }) => rid === encoding.rid) ?? layers[0]!;
      Object.assign(encoding, fit);
    }
    await sender.setParameters(parameters).catch((error: unknown) => {
      // The layers of the size that was asked for stay: larger than need be, never wrong.
      console.debug('conclave: layers not fitted', error);
    });
  }
}

/** Packets of no picture only probe the path. */
function frames(stats: RTCStatsReport): number {
  let total = 0;
  for (const report of stats.values()) {
    if (report.type !== 'outbound-rtp') continue;
    const { kind, packetsSent = 0, framesSent = 0 } = report as RTCOutboundRtpStreamStats;
    total += kind === 'audio' ? packetsSent : framesSent;
  }
  return total;
}

/** Host candidates that were gathered early tell the node nothing, and the page's addresses are nobody's business. */
function withoutCandidates(sdp: string): string {
  return sdp.replaceAll(/^a=(candidate|end-of-candidates).*\r?\n/gm, '');
}
