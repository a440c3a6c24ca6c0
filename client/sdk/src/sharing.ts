/** What people hand each other in a room beyond words: files, and what was written before somebody came. */
import type { Secrecy } from './e2ee/secrecy.js';
import { Exchange, type RelayPipe } from './files/exchange.js';
import type { FileOffer } from './files/fileOffer.js';
import { FileTransfers, type TransfersState } from './files/fileTransfers.js';
import { HistorySharing } from './files/historySharing.js';
import type { Peer } from './offer.js';
import type { Pid } from './protocol.js';
import { watchRelay } from './relayPipe.js';
import type { ChatEntry } from './talk.js';

/** What is authenticated as the kind of everything that goes this way. */
const KIND = 'relay';

export interface SharingEvents {
  transfers(transfers: TransfersState['transfers']): void;
  /** What was written so far; nothing where the room does not want it told. */
  written(): readonly ChatEntry[] | null;
  /** What was written before this person came, as somebody tells it. */
  told(entries: readonly ChatEntry[]): void;
}

export class Sharing {
  readonly #exchange: Exchange;
  readonly #files: FileTransfers;
  readonly #history: HistorySharing;
  #present: ReadonlySet<Pid> = new Set();
  #asked = false;

  constructor(
    private readonly secrecy: Pick<Secrecy, 'seal' | 'open'>,
    private readonly events: SharingEvents,
  ) {
    this.#exchange = new Exchange({
      seal: async (to, plain) => new Uint8Array(await this.secrecy.seal('file', KIND, to, plain)),
      open: async (from, sealed) => {
        const opened = await this.secrecy.open('file', from, KIND, this.#self, sealed);
        return typeof opened === 'string' ? undefined : new Uint8Array(opened);
      },
    });
    this.#files = new FileTransfers(this.#exchange);
    this.#files.subscribe(() => events.transfers(this.#files.getState().transfers));
    this.#history = new HistorySharing({ exchange: this.#exchange, tell: () => this.#tell() });
  }

  #self: Pid = '';

  /** A connection as `self` is in use from now on: its channel replaces a former one's. */
  use(peer: Pick<Peer, 'relay'>, self: Pid): void {
    this.#self = self;
    let pipe: RelayPipe | undefined;
    watchRelay(
      peer.relay,
      (opened) => this.#exchange.attach((pipe = opened)),
      // A former connection's channel closes after the next one's opened.
      () => pipe && this.#exchange.detach(pipe),
    );
  }

  /** Who is in the room now, oneself included, in the order of coming. */
  presence(pids: ReadonlySet<Pid>): void {
    if (pids.size === this.#present.size && [...pids].every((pid) => this.#present.has(pid))) return;
    for (const pid of this.#present) if (!pids.has(pid)) this.#history.left(pid);
    this.#present = pids;
    this.#files.presence(pids);
  }

  /** Asks once what was written before; those who are there longest are asked first. */
  async askHistory(others: readonly Pid[]): Promise<void> {
    if (this.#asked || others.length === 0) return;
    this.#asked = true;
    const told = await this.#history.ask(others);
    if (!told) return;
    this.events.told(
      told.map(({ from, name, text, at, toldBy }, number) => ({
        id: `told-${number}`,
        from,
        name,
        to: null,
        toName: null,
        text,
        at,
        own: false,
        unreadable: false,
        old: true,
        toldBy,
      })),
    );
  }

  /** Offers a file; what to write of it, or nothing where it is too large. */
  offer(file: File, to: Pid | undefined): FileOffer | undefined {
    return this.#files.offer(file, to ?? null);
  }

  /** An offer that was written by `from`. */
  learn(from: Pid, offer: FileOffer): void {
    this.#files.learn(from, offer);
  }

  fetch(id: string): void {
    this.#files.fetch(id);
  }

  cancel(id: string): void {
    this.#files.cancel(id);
  }

  close(): void {
    this.#history.close();
    this.#files.close();
    this.#exchange.detach();
  }

  #tell() {
    const entries = this.events.written();
    // Hearsay is not told on: what counts is what one was there for.
    return entries?.filter(({ to, old, unreadable, file }) => to === null && !old && !unreadable && !file) ?? null;
  }
}
