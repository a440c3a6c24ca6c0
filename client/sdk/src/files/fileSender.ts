/** Sends pieces of this person's files as they are asked for, as fast as the channel takes them. */
import { pause } from '../backoff.js';
import type { Pid } from '../protocol.js';
import type { Exchange } from './exchange.js';
import { CHUNK_BYTES, type FileOffer, MAX_FILE_BYTES, offerOf } from './fileOffer.js';
import type { Message } from './messages.js';
import { type Piece, Serving } from './serving.js';

/** Files offered at once by this page; the oldest is not to be had any more when there are more. */
const MAX_OFFERED = 200;
const RETRY_MILLIS = 100;

export class FileSender {
  readonly #serving = new Serving();
  readonly #files = new Map<string, Blob>();
  #busy = false;

  constructor(private readonly exchange: Exchange) {}

  /** Offers a file to everybody (`to` is null), or to one person; undefined where it is too large. */
  offer(file: Blob & { readonly name: string }, to: Pid | null): FileOffer | undefined {
    if (file.size > MAX_FILE_BYTES) return undefined;
    const offer = offerOf(file);
    this.#files.set(offer.id, file);
    this.#serving.offer(offer.id, offer.size, to);
    const [oldest] = this.#files.keys();
    if (this.#files.size > MAX_OFFERED && oldest !== undefined) this.withdraw(oldest);
    return offer;
  }

  /** The file is not to be had any more; who was fetching it is told when they ask. */
  withdraw(id: string): void {
    this.#files.delete(id);
    this.#serving.withdraw(id);
  }

  /** One of this person's own files. */
  file(id: string): Blob | undefined {
    return this.#files.get(id);
  }

  left(pid: Pid): void {
    this.#serving.left(pid);
  }

  received(from: Pid, message: Message): void {
    if (message.type !== 'want') return;
    const answer = this.#serving.want(from, message.file, message, performance.now());
    if (answer === 'served') void this.#serve();
    else void this.exchange.send(from, { type: answer, file: message.file });
  }

  /** One piece after the other; ends when nothing is asked for, or there is no channel. */
  async #serve(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (await this.exchange.room()) {
      const piece = this.#serving.next(performance.now());
      if (!piece) break;
      if ((await this.#send(piece)) !== 'full') continue;
      this.#serving.again(piece);
      await pause(RETRY_MILLIS);
    }
    this.#busy = false;
  }

  async #send({ to, file, index }: Piece): Promise<'sent' | 'full' | 'failed'> {
    const bytes = await this.#read(file, index);
    if (bytes) return this.exchange.send(to, { type: 'chunk', file, index, bytes });
    // Changed or deleted on its disk since it was offered.
    this.withdraw(file);
    return this.exchange.send(to, { type: 'gone', file });
  }

  async #read(file: string, index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const begin = index * CHUNK_BYTES;
    const slice = this.#files.get(file)?.slice(begin, begin + CHUNK_BYTES);
    const buffer = await slice?.arrayBuffer().catch(() => undefined);
    return buffer && new Uint8Array(buffer);
  }
}
