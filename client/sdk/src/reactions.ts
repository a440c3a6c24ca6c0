/** Reactions, each shown for a moment. */
import type { Pid, Reaction } from './protocol.js';

export interface ShownReaction {
  readonly id: string;
  readonly pid: Pid;
  readonly reaction: Reaction;
  /** Milliseconds since 1970 by this device's clock. */
  readonly at: number;
}

const SHOWN_MILLIS = 6_000;
/** Shown at a time. */
const MOST = 20;

export class Reactions {
  #shown: readonly ShownReaction[] = [];
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  get shown(): readonly ShownReaction[] {
    return this.#shown;
  }

  show(pid: Pid, reaction: Reaction): void {
    const next: ShownReaction = { id: `reaction-${++this.#count}`, pid, reaction, at: Date.now() };
    this.#shown = [...this.#shown.slice(1 - MOST), next];
    this.#arm();
    this.changed();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#shown = [];
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const first = this.#shown[0];
    if (!first) return;
    this.#timer = setTimeout(() => {
      this.#shown = this.#shown.filter(({ at }) => Date.now() - at < SHOWN_MILLIS);
      this.#arm();
      this.changed();
    }, Math.max(0, first.at + SHOWN_MILLIS - Date.now()));
  }
}
