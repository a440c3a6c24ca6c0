/** Asks for, and tells, what was written in a room: a thin shell with timers around `sharedHistory`. */
import { base64url } from '../base64url.js';
import type { Pid } from '../protocol.js';
import type { Exchange } from './exchange.js';
import { pagesOf, type PublicEntry, type ToldEntry } from './historyPages.js';
import { ASKING_BYTES, type Message } from './messages.js';
import { HistoryAsking, HistoryTelling } from './sharedHistory.js';

export interface HistorySharingOptions {
  readonly exchange: Exchange;
  /** What this person may tell `pid`: what was written to everyone, oldest first. Null: nothing, by the rules. */
  readonly tell: (pid: Pid) => readonly PublicEntry[] | null;
}

export class HistorySharing {
  readonly #telling = new HistoryTelling();
  readonly #stop: readonly (() => void)[];
  #asking: HistoryAsking | null = null;
  #resolve: (entries: readonly ToldEntry[] | null) => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: HistorySharingOptions) {
    const { exchange } = options;
    this.#stop = [
      exchange.onMessage((from, message) => this.#received(from, message)),
      exchange.onUp(() => this.#go()),
    ];
  }

  /**
   * Asks those who are there, the longest present first, one after the other, as soon as there is a
   * channel. Null where nobody tells anything. One question at a time: a new one ends the one before with null.
   */
  ask(candidates: readonly Pid[]): Promise<readonly ToldEntry[] | null> {
    this.#end(null);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const draw = () => base64url(crypto.getRandomValues(new Uint8Array(ASKING_BYTES)));
      this.#asking = new HistoryAsking(candidates, draw);
      this.#go();
    });
  }

  /** Somebody left the room. */
  left(pid: Pid): void {
    this.#asking?.left(pid, performance.now());
    this.#go();
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#end(null);
  }

  #received(from: Pid, message: Message): void {
    const now = performance.now();
    if (message.type === 'history_ask') void this.#tell(from, message.asking);
    else if (message.type === 'history_page') this.#asking?.page(from, message, now, Date.now());
    else if (message.type === 'history_none') this.#asking?.none(from, message.asking, now);
    else return;
    this.#go();
  }

  #go(): void {
    clearTimeout(this.#timer);
    const asking = this.#asking;
    if (!asking || !this.options.exchange.isUp) return;
    const now = performance.now();
    const next = asking.poll(now);
    if (next) void this.options.exchange.send(next.to, { type: 'history_ask', asking: next.asking });
    if (asking.isOver) this.#end(asking.entries);
    else this.#timer = setTimeout(() => this.#go(), Math.max(1, asking.nextAt - now));
  }

  #end(entries: readonly ToldEntry[] | null): void {
    clearTimeout(this.#timer);
    this.#asking = null;
    this.#resolve(entries);
    this.#resolve = () => undefined;
  }

  async #tell(to: Pid, asking: string): Promise<void> {
    const { exchange, tell } = this.options;
    const entries = tell(to);
    if (!entries || entries.length === 0 || !this.#telling.begin(to, performance.now())) {
      await exchange.send(to, { type: 'history_none', asking });
      return;
    }
    const pages = pagesOf(entries);
    for (const [page, bytes] of pages.entries()) {
      if (!(await exchange.room())) break;
      await exchange.send(to, { type: 'history_page', asking, page, pages: pages.length, bytes });
    }
    this.#telling.done();
  }
}
