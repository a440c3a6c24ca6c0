/** Who waits and who is hidden, the newest that a moderator was told. */
import type { Backstage, Waiter } from './protocol.js';

export type Behind = Pick<Backstage, 'waiting' | 'hidden'>;

const NOBODY: Behind = { waiting: [], hidden: [] };

export class BackstageBoard {
  #epoch = 0;
  #version = -1;
  #behind: Behind = NOBODY;

  get behind(): Behind {
    return this.#behind;
  }

  /** Takes it where it is newer; tells who waits that did not before. */
  take({ epoch, version, waiting, hidden }: Backstage): Waiter[] {
    if (epoch < this.#epoch || (epoch === this.#epoch && version <= this.#version)) return [];
    const known = new Set(this.#behind.waiting.map(({ pid }) => pid));
    this.#epoch = epoch;
    this.#version = version;
    this.#behind = { waiting, hidden };
    return waiting.filter(({ pid }) => !known.has(pid));
  }

  /** Who does not moderate any more sees nothing of it. */
  clear(): void {
    this.#behind = NOBODY;
    this.#version = -1;
  }
}
