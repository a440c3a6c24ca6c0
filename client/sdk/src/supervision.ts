/**
 * What moderators switched off, told apart from the echo of one's own word: a hidden moderator is
 * not named, and what was just switched on here may not have been heard there yet.
 */
import { type Pid, type Publishing, SOURCES, type SourceKind } from './protocol.js';

/** Own words that may still be echoed; a word that changes nothing never is. */
const MOST_SAID = 16;

export class Supervision {
  #said: Publishing[] = [];

  /** `known` is on by what the room's owner knows. */
  constructor(private known: Publishing) {}

  /** The owner is told this. */
  say(media: Publishing): void {
    this.#said = [...this.#said.slice(1 - MOST_SAID), media];
  }

  /**
   * The owner says this of one's own sources: which of them a moderator switched off by it, whom a
   * snapshot does not name either.
   */
  hear(media: Publishing, by?: Pid): SourceKind[] {
    if (same(this.known, media)) return [];
    const off = SOURCES.filter((kind) => this.known[kind] && !media[kind]);
    this.known = media;
    return by === undefined && this.#isEcho(media) ? [] : off;
  }

  #isEcho(media: Publishing): boolean {
    const at = this.#said.findIndex((said) => same(said, media));
    this.#said = this.#said.slice(at + 1);
    return at >= 0;
  }
}

function same(a: Publishing, b: Publishing): boolean {
  return SOURCES.every((kind) => a[kind] === b[kind]);
}
