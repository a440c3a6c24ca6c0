/**
 * Which chunks of a file to ask for, and when. Pure: time comes in, questions come out.
 *
 * As many chunks are in flight as the way seems to bear: one more for each that arrives, fewer
 * when some do not. Chunks come in the order of the questions, mostly; so one that was asked for
 * well before one that came is lost, and is asked for again at once. Where nothing comes at all,
 * it is asked again after a time that doubles.
 */
export interface Range {
  readonly from: number;
  readonly count: number;
}

/** Chunks in flight at first, at most, and when it goes worst. */
export const FIRST_WINDOW = 16;
export const MAX_WINDOW = 64;
const LEAST_WINDOW = 4;
/** How far ahead of the first missing chunk it is asked: bounds what is held in memory. */
export const MAX_AHEAD = 512;
/** Chunks that may overtake another before that counts as lost. */
const REORDER = 8;
/** Milliseconds without anything until all in flight counts as lost. */
const FIRST_PATIENCE = 3_000;
const LEAST_PATIENCE = 1_000;
const MOST_PATIENCE = 20_000;
/** Silences in a row after which the sender does not seem to be there. */
const STALLED_AFTER = 3;
/** Milliseconds to wait, at least, where the sender serves others. */
const BUSY_MILLIS = 2_000;

interface Asked {
  /** Counts questions for chunks. */
  readonly order: number;
  readonly at: number;
}

export class Pull {
  readonly #has: Uint8Array;
  readonly #flight = new Map<number, Asked>();
  readonly #lost = new Set<number>();
  #received = 0;
  /** All before it are there. */
  #floor = 0;
  /** Never asked for, from here on. */
  #next = 0;
  #order = 0;
  #window = FIRST_WINDOW;
  /** Losses of questions up to this one have made the window smaller already. */
  #reducedAt = -1;
  /** From question to answer, smoothed. */
  #delay: number | undefined;
  #deadline = Infinity;
  #silences = 0;
  #notBefore = 0;
  #open = true;

  constructor(
    private readonly total: number,
    private readonly random: () => number = Math.random,
  ) {
    this.#has = new Uint8Array(total);
  }

  get isComplete(): boolean {
    return this.#received === this.total;
  }

  /** True where the sender has not answered for a while. */
  get isStalled(): boolean {
    return this.#silences >= STALLED_AFTER;
  }

  get inFlight(): number {
    return this.#flight.size;
  }

  has(index: number): boolean {
    return this.#has[index] === 1;
  }

  /** When to call `poll` next if nothing arrives until then; `Infinity`: not at all. */
  nextAt(now: number): number {
    if (!this.#open || this.isComplete) return Infinity;
    if (this.#flight.size > 0) return this.#deadline;
    return Math.max(now, this.#notBefore);
  }

  /** What to ask for now. */
  poll(now: number): Range[] {
    if (!this.#open || now < this.#notBefore) return [];
    if (this.#flight.size > 0 && now >= this.#deadline) this.#silence();
    const free = Math.floor(this.#window) - this.#flight.size;
    // Not one question for every chunk that comes.
    if (free < 1 || (this.#flight.size > 0 && free < this.#window / 4)) return [];
    const picked = this.#pick(free);
    if (picked.length === 0) return [];
    if (this.#flight.size === 0) this.#expect(now);
    for (const index of picked) this.#flight.set(index, { order: this.#order++, at: now });
    return rangesOf(picked);
  }

  /** A chunk came: true where it was not there yet. */
  arrived(index: number, now: number): boolean {
    const asked = this.#flight.get(index);
    this.#flight.delete(index);
    this.#lost.delete(index);
    if (index >= this.total || this.#has[index] === 1) return false;
    this.#has[index] = 1;
    this.#received++;
    while (this.#has[this.#floor] === 1) this.#floor++;
    this.#silences = 0;
    if (asked) {
      this.#learn(now - asked.at);
      this.#window = Math.min(MAX_WINDOW, this.#window + (this.#reducedAt < 0 ? 1 : 2 / this.#window));
      this.#overtake(asked.order);
    }
    this.#expect(now);
    return true;
  }

  /** The sender serves others now. */
  busy(now: number): void {
    this.#dropFlight();
    this.#silences = 0;
    this.#notBefore = now + BUSY_MILLIS * (1 + this.random());
  }

  /** The way to the sender is interrupted: nothing is asked until `resume`. */
  interrupt(): void {
    this.#open = false;
    this.#dropFlight();
  }

  /** There is a way again, maybe another one. */
  resume(): void {
    this.#open = true;
    this.#window = FIRST_WINDOW;
    this.#reducedAt = -1;
    this.#delay = undefined;
    this.#silences = 0;
    this.#notBefore = 0;
  }

  #pick(most: number): number[] {
    const picked = [...this.#lost].sort((a, b) => a - b).slice(0, most);
    for (const index of picked) this.#lost.delete(index);
    const end = Math.min(this.total, this.#floor + MAX_AHEAD);
    for (; picked.length < most && this.#next < end; this.#next++) {
      if (this.#has[this.#next] === 0) picked.push(this.#next);
    }
    return picked;
  }

  #silence(): void {
    this.#silences++;
    this.#window = Math.max(LEAST_WINDOW, this.#window / 2);
    this.#reducedAt = this.#order;
    this.#dropFlight();
  }

  /** What was asked for well before what came now is lost. */
  #overtake(order: number): void {
    let isNews = false;
    for (const [index, asked] of this.#flight) {
      if (asked.order >= order - REORDER) continue;
      this.#flight.delete(index);
      this.#lost.add(index);
      isNews ||= asked.order > this.#reducedAt;
    }
    if (!isNews) return;
    this.#window = Math.max(LEAST_WINDOW, this.#window * 0.7);
    this.#reducedAt = this.#order;
  }

  #dropFlight(): void {
    for (const index of this.#flight.keys()) this.#lost.add(index);
    this.#flight.clear();
  }

  #learn(delay: number): void {
    this.#delay = this.#delay === undefined ? delay : this.#delay + (delay - this.#delay) / 8;
  }

  #expect(now: number): void {
    const usual = this.#delay === undefined ? FIRST_PATIENCE : Math.max(LEAST_PATIENCE, this.#delay * 3);
    this.#deadline = now + Math.min(MOST_PATIENCE, usual * 2 ** this.#silences);
  }
}

function rangesOf(indexes: readonly number[]): Range[] {
  const ranges: { from: number; count: number }[] = [];
  for (const index of indexes) {
    const last = ranges.at(-1);
    if (last && last.from + last.count === index) last.count++;
    else ranges.push({ from: index, count: 1 });
  }
  return ranges;
}
