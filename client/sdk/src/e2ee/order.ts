/**
 * Which frames of one stream come too late. A server that keeps a frame back for some seconds could put it between
 * others that were said later: nobody has seen it yet, so the window of counters lets it pass.
 */

/**
 * Frames overtake each other by less than this, in milliseconds: a node sends nothing again that is older, and
 * begins no picture with an older key frame.
 */
const LATE_MILLIS = 1_500;

export class Order {
  /** The highest counter that was rendered: now, when this was last looked at, and the time before that. */
  #newest = 0;
  #mark = 0;
  #floor = 0;
  #since: number;

  constructor(private readonly now: () => number) {
    this.#since = now();
  }

  /** True where one that was sealed later was rendered more than a moment ago. */
  isLate(counter: number): boolean {
    this.#turn();
    return counter < this.#floor;
  }

  rendered(counter: number): void {
    this.#turn();
    this.#newest = Math.max(this.#newest, counter);
  }

  #turn(): void {
    const elapsed = this.now() - this.#since;
    if (elapsed < LATE_MILLIS) return;
    this.#floor = elapsed < 2 * LATE_MILLIS ? this.#mark : this.#newest;
    this.#mark = this.#newest;
    this.#since = this.now();
  }
}
