/**
 * Listens for the owner's beats. A media node that crashed is back within a second and knows
 * nobody, long before ICE or the bus notice anything: so whenever it is silent for longer than it
 * may be, the edge is asked whether this person is still in the room.
 */
import { backoffMillis, pause } from './backoff.js';
import { ConclaveError } from './errors.js';

export interface VigilOptions {
  /** Asks once; rejects with a `ConclaveError`. */
  ask: (signal: AbortSignal) => Promise<unknown>;
  /** This person is not in the room any more; nothing is asked after that. */
  onGone: () => void;
  random?: () => number;
}

/** The owner beats every second. */
const SILENCE_MILLIS = 2_500;
/** Spread, so that a room's people do not ask in the same moment. */
const SPREAD_MILLIS = 250;
/** How long it is waited after a good answer, at most, before the same silence leads to another question. */
const MOST_PATIENCE_MILLIS = 20_000;
/** That the room is over is believed when it is said again after this time. */
const CONFIRM_MILLIS = 3_000;
const BACKOFF = { first: 500, most: 4_000 };

export class Vigil {
  readonly #stop = new AbortController();
  readonly #random: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience = SILENCE_MILLIS;
  #asking = false;
  /** True while silence or trouble is not over. */
  #doubtful = false;

  constructor(private readonly options: VigilOptions) {
    this.#random = options.random ?? Math.random;
  }

  /** The owner was heard: begins the vigil, and ends each silence. */
  heard(): void {
    this.#doubtful = false;
    this.#patience = SILENCE_MILLIS;
    this.#arm();
  }

  /** Media is in trouble: does not wait for silence. */
  trouble(): void {
    void this.#inquire();
  }

  stop(): void {
    this.#stop.abort(new ConclaveError('network', 'The vigil is over.'));
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#inquire(), this.#patience + this.#random() * SPREAD_MILLIS);
  }

  /** Asks until there is an answer that says something, or the owner is heard. */
  async #inquire(): Promise<void> {
    const { signal } = this.#stop;
    if (this.#asking || signal.aborted) return;
    this.#asking = true;
    this.#doubtful = true;
    let endedAt: number | undefined;
    for (let attempt = 1; this.#doubtful; attempt++) {
      const problem = await this.#ask();
      if (signal.aborted) return;
      if (!problem) break;
      const ended = problem.problem === 'ended';
      const gone = problem.problem === 'absent' || problem.problem === 'blocked';
      if (gone || (ended && Date.now() - (endedAt ?? Infinity) >= CONFIRM_MILLIS)) {
        this.stop();
        return this.options.onGone();
      }
      endedAt = ended ? (endedAt ?? Date.now()) : undefined;
      const wait = ended ? CONFIRM_MILLIS : Math.max(problem.retryAfter ?? 0, backoffMillis(attempt, BACKOFF));
      await pause(wait, signal).catch(() => undefined);
      if (signal.aborted) return;
    }
    this.#asking = false;
    if (!this.#doubtful) return;
    // All is well there, and yet nothing is heard: the bus may be slow.
    this.#patience = Math.min(this.#patience * 2, MOST_PATIENCE_MILLIS);
    this.#arm();
  }

  async #ask(): Promise<ConclaveError | null> {
    try {
      await this.options.ask(this.#stop.signal);
      return null;
    } catch (error) {
      return ConclaveError.from(error);
    }
  }
}
