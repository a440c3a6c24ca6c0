/**
 * Which chunk to send next, to whom: of files that this person offered, to those to whom they were
 * offered, a few at once and each in turn. Pure: questions and the time go in, chunks' places come
 * out.
 */
import type { Pid } from '../protocol.js';
import { chunksOf } from './fileOffer.js';
import { MAX_WINDOW, type Range } from './pull.js';

/** Transfers served at once. */
export const MAX_SERVED = 8;
/** Of these, to one person. */
export const MAX_SERVED_TO_ONE = 3;
/** Milliseconds for which a transfer keeps its place when nothing is asked. */
const PLACE_MILLIS = 3_000;

export interface Piece {
  readonly to: Pid;
  readonly file: string;
  readonly index: number;
}

interface Served {
  /** Null: everybody. */
  readonly to: Pid | null;
  readonly chunks: number;
}

interface Job {
  readonly to: Pid;
  readonly file: string;
  /** In the order in which they were asked for, each once. */
  readonly asked: Set<number>;
  until: number;
}

export class Serving {
  readonly #files = new Map<string, Served>();
  /** In the order of whose turn it is. */
  readonly #jobs = new Map<string, Job>();

  /** Serves a file of so many bytes to one person, or to everybody. */
  offer(file: string, size: number, to: Pid | null): void {
    this.#files.set(file, { to, chunks: chunksOf(size) });
  }

  withdraw(file: string): void {
    this.#files.delete(file);
    for (const [key, job] of this.#jobs) if (job.file === file) this.#jobs.delete(key);
  }

  /** Somebody is not there any more: what they asked for is not sent. */
  left(pid: Pid): void {
    for (const [key, job] of this.#jobs) if (job.to === pid) this.#jobs.delete(key);
  }

  /** Says what to answer where not by chunks. Who may not have a file does not learn that there is one. */
  want(by: Pid, file: string, { from, count }: Range, now: number): 'served' | 'busy' | 'gone' {
    const served = this.#files.get(file);
    if (!served || (served.to !== null && served.to !== by)) return 'gone';
    const job = this.#jobs.get(keyOf(by, file)) ?? this.#admit(by, file, now);
    if (!job) return 'busy';
    job.until = now + PLACE_MILLIS;
    const end = Math.min(served.chunks, from + Math.min(count, MAX_WINDOW));
    for (let index = from; index < end && job.asked.size < MAX_WINDOW; index++) job.asked.add(index);
    return 'served';
  }

  /** What to send next; whoever is served now comes last the next time. */
  next(now: number): Piece | undefined {
    for (const [key, job] of this.#jobs) {
      const [index] = job.asked;
      if (index === undefined) {
        if (job.until <= now) this.#jobs.delete(key);
        continue;
      }
      job.asked.delete(index);
      job.until = now + PLACE_MILLIS;
      this.#jobs.delete(key);
      // Who has the end of a file has all of it, most times: the place is free for the next.
      const isEnd = job.asked.size === 0 && index + 1 === this.#files.get(job.file)?.chunks;
      if (!isEnd) this.#jobs.set(key, job);
      return { to: job.to, file: job.file, index };
    }
    return undefined;
  }

  /** It could not be sent: it comes again, and first. */
  again({ to, file, index }: Piece): void {
    const job = this.#jobs.get(keyOf(to, file));
    // Where it was the last one, or who asked has left, it is asked for again or not wanted.
    if (!job) return;
    const others = [...job.asked];
    job.asked.clear();
    for (const each of [index, ...others]) job.asked.add(each);
  }

  #admit(to: Pid, file: string, now: number): Job | undefined {
    for (const [key, job] of this.#jobs) if (job.asked.size === 0 && job.until <= now) this.#jobs.delete(key);
    const own = [...this.#jobs.values()].filter((job) => job.to === to).length;
    if (this.#jobs.size >= MAX_SERVED || own >= MAX_SERVED_TO_ONE) return undefined;
    const job: Job = { to, file, asked: new Set(), until: now };
    this.#jobs.set(keyOf(to, file), job);
    return job;
  }
}

function keyOf(to: Pid, file: string): string {
  return `${to} ${file}`;
}
