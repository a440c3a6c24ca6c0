/** Which person's picture or voice is in which receive slot, and so in which MediaStream. */
import type { Pid, Slots, SourceKind } from './protocol.js';

/** Streams of one person that are received now. */
export type PersonMedia = Partial<Record<SourceKind, MediaStream>>;

export class SlotTable {
  /** The streams of all audio slots: play them all, always; the node decides who is heard. */
  readonly audio: readonly MediaStream[];
  readonly #streams: ReadonlyMap<string, MediaStream>;
  #version = -1;
  #media: ReadonlyMap<Pid, PersonMedia> = new Map();
  #held: readonly { mid: string; pid: Pid; kind: SourceKind }[] = [];

  /** `tracks` by the `mid` of their slot. One stream a slot: whoever is in it, the element stays. */
  constructor(tracks: ReadonlyMap<string, MediaStreamTrack>) {
    this.#streams = new Map([...tracks].map(([mid, track]) => [mid, new MediaStream([track])]));
    this.audio = [...this.#streams.values()].filter((stream) => stream.getAudioTracks().length > 0);
  }

  get media(): ReadonlyMap<Pid, PersonMedia> {
    return this.#media;
  }

  /** Who is in which slot. */
  get held(): readonly { readonly mid: string; readonly pid: Pid; readonly kind: SourceKind }[] {
    return this.#held;
  }

  /** Takes a newer assignment; false where it is not newer. */
  take({ version, slots }: Slots): boolean {
    if (version <= this.#version) return false;
    this.#version = version;
    this.#held = slots.flatMap(({ mid, source }) => (source ? [{ mid, ...source }] : []));
    const media = new Map<Pid, PersonMedia>();
    for (const { mid, source } of slots) {
      const stream = this.#streams.get(mid);
      if (!source || !stream) continue;
      media.set(source.pid, { ...media.get(source.pid), [source.kind]: stream });
    }
    this.#media = media;
    return true;
  }
}
