/** Writes chunks one after the other as they come, counts them, and says once when no more may come. */
import { RecordingError } from './recordingError.js';
import type { Sink } from './sink.js';

/** Bytes that may wait for a slow disk. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Why nothing more is taken. */
export type SpoolEnd = 'limit' | 'disk';

export class Spool {
  #bytes = 0;
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  #ended = false;

  constructor(
    private readonly sink: Sink,
    private readonly onEnd: (why: SpoolEnd) => void,
  ) {}

  /** Bytes that were taken. */
  get bytes(): number {
    return this.#bytes;
  }

  take(chunk: Blob): void {
    if (chunk.size === 0 || this.#failure !== undefined) return;
    this.#bytes += chunk.size;
    this.#waiting += chunk.size;
    this.#writing = this.#writing.then(() => this.#write(chunk));
    // What comes between this and the end of the recording is small, and is taken.
    if (this.#bytes >= this.sink.most) this.#end('limit');
    else if (this.#waiting > MAX_WAITING_BYTES) this.#end('disk');
  }

  /**
   * All that was written, once it is.
   * @throws RecordingError `disk` where nothing of it could be kept.
   */
  async close(): Promise<Blob> {
    await this.#writing;
    try {
      return await this.sink.close();
    } catch (cause) {
      await this.sink.discard().catch(() => undefined);
      throw new RecordingError('disk', 'The recording could not be written.', { cause: this.#failure ?? cause });
    }
  }

  async #write(chunk: Blob): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.sink.write(chunk);
      this.#waiting -= chunk.size;
    } catch (error) {
      // A gap would make the rest unreadable.
      this.#failure = error;
      this.#end('disk');
    }
  }

  #end(why: SpoolEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd(why);
  }
}
