/**
 * Whether a browser goes on sending while nothing is sealed: it sends past the worker then, or the worker is stuck. Either
 * way the connection is of no use. Byte counts would say more and cannot be had: browsers count what they send to measure
 * the path as well.
 */

/** Totals so far. */
export interface Look {
  /** Frames that the browser counts as sent: pictures of all layers, or packets of sound. */
  readonly sent: number;
  /** Frames that were sealed. */
  readonly sealed: number;
}

/** Looks in a row, one each half second, between which something was sent and nothing sealed. */
const LOOKS = 4;

export class LeakWatch {
  #before: Look = { sent: 0, sealed: 0 };
  #bare = 0;

  /** True where frames were sent for two seconds and none was sealed. */
  look(now: Look): boolean {
    const isBare = now.sent > this.#before.sent && now.sealed === this.#before.sealed;
    this.#bare = isBare ? this.#bare + 1 : 0;
    this.#before = now;
    return this.#bare >= LOOKS;
  }
}
