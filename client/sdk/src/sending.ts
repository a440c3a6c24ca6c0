/** Puts this device's tracks on every PeerConnection that is in use or prepared, and keeps them there. */
import type { LocalMedia } from './localMedia.js';
import type { Peer } from './offer.js';
import { type Publishing, type SourceKind, SOURCES } from './protocol.js';

export class Sending {
  readonly #peers = new Set<Peer>();
  readonly #stop: () => void;
  #known: Publishing;

  /** `onChange` is called when something was switched on or off. */
  constructor(
    private readonly media: LocalMedia,
    private readonly onChange: () => void,
  ) {
    this.#known = media.publishing;
    this.#stop = media.subscribe(() => this.#update());
  }

  attach(peer: Peer): void {
    this.#peers.add(peer);
    this.#send(peer);
  }

  detach(peer: Peer): void {
    this.#peers.delete(peer);
  }

  close(): void {
    this.#stop();
    this.#peers.clear();
  }

  /** Switches off what the room does not let this person send, or wants off at first. */
  obey(allowed: Publishing, media: Publishing, asked: Publishing): void {
    this.#switchOff(SOURCES.filter((kind) => !allowed[kind] || (asked[kind] && !media[kind])));
  }

  /** Switches these off; says which of them were on. */
  hush(kinds: readonly SourceKind[]): SourceKind[] {
    const now = this.media.publishing;
    const off = kinds.filter((kind) => now[kind]);
    this.#switchOff(off);
    return off;
  }

  #switchOff(kinds: readonly SourceKind[]): void {
    if (kinds.includes('microphone')) void this.media.setMicrophone(false);
    if (kinds.includes('camera')) void this.media.setCamera(false);
    if (kinds.includes('screen')) this.media.stopScreen();
  }

  #update(): void {
    for (const peer of this.#peers) this.#send(peer);
    const now = this.media.publishing;
    if (SOURCES.every((kind) => now[kind] === this.#known[kind])) return;
    this.#known = now;
    this.onChange();
  }

  #send(peer: Peer): void {
    const state = this.media.getState();
    for (const kind of SOURCES) {
      peer.send(kind, state[kind].track).catch((error: unknown) => {
        console.warn(`conclave: the ${kind} could not be sent`, error);
      });
    }
  }
}
