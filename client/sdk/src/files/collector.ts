/**
 * Puts a file together from its chunks without ever holding it as one array: a few megabytes at a
 * time become a Blob, which the browser may keep on disk.
 */
import { safeType } from './fileName.js';
import { chunkLength, chunksOf, type FileOffer } from './fileOffer.js';

/** Chunks of one Blob: about 4 MB. */
export const SEGMENT_CHUNKS = 256;

interface Segment {
  readonly chunks: Uint8Array<ArrayBuffer>[];
  missing: number;
}

export class Collector {
  readonly #open = new Map<number, Segment>();
  readonly #parts: Blob[] = [];
  readonly #chunks: number;
  #bytes = 0;

  constructor(private readonly offer: FileOffer) {
    this.#chunks = chunksOf(offer.size);
  }

  /** Bytes that are there. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Chunks held as arrays: what this costs in memory. */
  get held(): number {
    let held = 0;
    for (const { chunks } of this.#open.values()) held += Object.keys(chunks).length;
    return held;
  }

  /** Whether `bytes` can be this chunk of the file. */
  fits(index: number, bytes: Uint8Array): boolean {
    return bytes.length > 0 && bytes.length === chunkLength(this.offer.size, index);
  }

  /** Takes a chunk that fits, each once. */
  take(index: number, bytes: Uint8Array<ArrayBuffer>): void {
    const number = Math.floor(index / SEGMENT_CHUNKS);
    const first = number * SEGMENT_CHUNKS;
    const segment = this.#open.get(number) ?? {
      chunks: [],
      missing: Math.min(SEGMENT_CHUNKS, this.#chunks - first),
    };
    this.#open.set(number, segment);
    segment.chunks[index - first] = bytes;
    segment.missing--;
    this.#bytes += bytes.length;
    if (segment.missing > 0) return;
    this.#parts[number] = new Blob(segment.chunks);
    this.#open.delete(number);
  }

  /** The whole file; undefined where something is missing or its size is not what was said. */
  finish(): Blob | undefined {
    if (this.#open.size > 0 || this.#bytes !== this.offer.size) return undefined;
    const whole = new Blob(this.#parts, { type: safeType(this.offer.type) });
    return whole.size === this.offer.size ? whole : undefined;
  }
}
