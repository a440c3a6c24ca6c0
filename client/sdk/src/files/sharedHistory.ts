/**
 * What was written in a room before somebody came, told by somebody who was there. Pure: whom to
 * ask and when to give up, and whom to answer. What is told is worth as much as whoever tells it:
 * each entry says who that was.
 */
import type { Pid } from '../protocol.js';
import { entriesOf, MAX_TOLD_BYTES, MAX_TOLD_ENTRIES, type ToldEntry } from './historyPages.js';

/** How many are asked, one after the other; who does not answer is asked once more in the end. */
export const MAX_ASKED = 4;
/** Milliseconds without an answer, or without its next page, until somebody else is asked. */
const PATIENCE_MILLIS = 4_000;
/** How often one person may ask. */
const AGAIN_MILLIS = 3_000;

interface Answer {
  readonly pages: number;
  readonly bodies: Map<number, ToldEntry[]>;
  bytes: number;
}

/** The late joiner's side: asks one after the other until one has told all. Believes one, once. */
export class HistoryAsking {
  readonly #candidates: Pid[];
  readonly #silent = new Set<Pid>();
  #asked: { readonly to: Pid; readonly asking: string } | null = null;
  #refused = false;
  #answer: Answer | null = null;
  #deadline = Infinity;
  #entries: readonly ToldEntry[] | null = null;

  /** `candidates`: whom to ask, the longest present first. `draw` gives a fresh name for a question. */
  constructor(
    candidates: readonly Pid[],
    private readonly draw: () => string,
  ) {
    this.#candidates = candidates.slice(0, MAX_ASKED);
  }

  /** What was told, oldest first; null until somebody told all. */
  get entries(): readonly ToldEntry[] | null {
    return this.#entries;
  }

  /** True where it was told, or nobody is left to ask. */
  get isOver(): boolean {
    return this.#entries !== null || (!this.#asked && this.#candidates.length === 0);
  }

  /** When to call `poll` next if nothing comes until then. */
  get nextAt(): number {
    return this.#entries ? Infinity : this.#deadline;
  }

  /** Whom to ask now, if anybody. */
  poll(now: number): { readonly to: Pid; readonly asking: string } | undefined {
    if (this.#entries || (this.#asked && now < this.#deadline)) return undefined;
    if (this.#asked && !this.#refused) this.#postpone(this.#asked.to);
    this.#refused = false;
    const to = this.#candidates.shift();
    this.#asked = to === undefined ? null : { to, asking: this.draw() };
    this.#answer = null;
    this.#deadline = this.#asked ? now + PATIENCE_MILLIS : Infinity;
    return this.#asked ?? undefined;
  }

  /** A page came; `at` is the time by the clock, `now` the time that `poll` takes. */
  page(
    from: Pid,
    { asking, page, pages, bytes }: { asking: string; page: number; pages: number; bytes: Uint8Array },
    now: number,
    at: number,
  ): void {
    if (!this.#isAnswer(from, asking)) return;
    const answer = (this.#answer ??= { pages, bodies: new Map(), bytes: 0 });
    if (answer.bodies.has(page)) return;
    answer.bytes += bytes.length;
    const entries = entriesOf(bytes, from, at);
    const isSound = entries && page < pages && pages === answer.pages && answer.bytes <= MAX_TOLD_BYTES + pages * 2;
    if (!isSound) return this.#giveUp(now);
    answer.bodies.set(page, entries);
    this.#deadline = now + PATIENCE_MILLIS;
    if (answer.bodies.size < pages) return;
    const all = [...answer.bodies.keys()].sort((a, b) => a - b).flatMap((number) => answer.bodies.get(number)!);
    this.#entries = all.slice(-MAX_TOLD_ENTRIES);
  }

  /** Whoever was asked tells nothing. */
  none(from: Pid, asking: string, now: number): void {
    if (this.#isAnswer(from, asking)) this.#giveUp(now);
  }

  /** Somebody left: whoever is asked next is asked at the next `poll`. */
  left(pid: Pid, now: number): void {
    const at = this.#candidates.indexOf(pid);
    if (at >= 0) this.#candidates.splice(at, 1);
    if (this.#asked?.to === pid) this.#giveUp(now);
  }

  #isAnswer(from: Pid, asking: string): boolean {
    return !this.#entries && this.#asked?.to === from && this.#asked.asking === asking;
  }

  #giveUp(now: number): void {
    this.#refused = true;
    this.#deadline = now;
  }

  /** The question or its answer may have been lost: somebody who has just come is not known to all yet. */
  #postpone(pid: Pid): void {
    if (!this.#silent.has(pid)) this.#candidates.push(pid);
    this.#silent.add(pid);
  }
}

/** The side of who was there: answers each at times, and few at once. */
export class HistoryTelling {
  readonly #asked = new Map<Pid, number>();
  #telling = 0;

  constructor(private readonly most = 2) {}

  /** Whether to answer `pid` with pages now; where so, `done` is to be called after them. */
  begin(pid: Pid, now: number): boolean {
    for (const [known, at] of this.#asked) if (now - at >= AGAIN_MILLIS) this.#asked.delete(known);
    if (this.#telling >= this.most || this.#asked.has(pid)) return false;
    this.#asked.set(pid, now);
    this.#telling++;
    return true;
  }

  done(): void {
    this.#telling--;
  }
}
