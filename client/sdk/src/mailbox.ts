/** Which private messages have come: each is shown once, and a gap in their numbers is asked for once. */
import type { Mail } from './protocol.js';

/** Numbers remembered beyond the gap; the owner keeps no more. */
const MOST_EARLY = 64;

export class Mailbox {
  #epoch = 0;
  /** Everything up to here has come, or is not to be had. */
  #last = 0;
  readonly #early = new Set<number>();
  #asked = false;

  /** What to tell the owner that has come. */
  position(epoch: number): number {
    return epoch === this.#epoch ? this.#last : 0;
  }

  /** Says of a message whether it is new, and whether those before it have to be asked for. */
  take(epoch: number, { number }: Mail): { isNew: boolean; ask: boolean } {
    if (epoch !== this.#epoch) {
      // Each owner counts anew.
      this.#epoch = epoch;
      this.#last = 0;
      this.#early.clear();
      this.#asked = false;
    }
    if (number <= this.#last || this.#early.has(number)) return { isNew: false, ask: false };
    this.#early.add(number);
    this.#advance();
    if (this.#early.size === 0) {
      this.#asked = false;
      return { isNew: true, ask: false };
    }
    const ask = !this.#asked;
    this.#asked = true;
    // What does not come after the question is not there any more.
    if (this.#early.size > MOST_EARLY) this.#giveUp();
    return { isNew: true, ask };
  }

  #advance(): void {
    while (this.#early.delete(this.#last + 1)) this.#last++;
  }

  #giveUp(): void {
    this.#last = Math.min(...this.#early) - 1;
    this.#advance();
    this.#asked = false;
  }
}
