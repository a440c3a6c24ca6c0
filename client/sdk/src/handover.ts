/**
 * From one connection to the next: the pictures of the former one, frozen at worst, stay until
 * those of the next have had time to come.
 */
import type { Connection } from './connection.js';
import type { Pid } from './protocol.js';
import type { PersonMedia } from './slots.js';

/** From a connection's being there to its first pictures: a keyframe is asked for and sent. */
const FIRST_PICTURE_MILLIS = 1_000;

type Pictures = Pick<Connection, 'slots'>;

export class Handover<C extends Pictures = Connection> {
  #former: C | undefined;
  #isThere = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `letGo` is called with a connection when it is needed no more. */
  constructor(private readonly letGo: (former: C) => void) {}

  /** Another connection than `former` is in use from now on. */
  begin(former: C): void {
    clearTimeout(this.#timer);
    this.#isThere = false;
    // Where the next one never came to be, the one before it has the better pictures.
    if (this.#former) this.letGo(former);
    else this.#former = former;
  }

  /** Media of the connection in use is there. */
  arrived(): void {
    if (!this.#former || this.#isThere) return;
    this.#isThere = true;
    this.#timer = setTimeout(() => this.end(), FIRST_PICTURE_MILLIS);
  }

  end(): void {
    clearTimeout(this.#timer);
    const former = this.#former;
    this.#former = undefined;
    if (former) this.letGo(former);
  }

  /** What there is of a person, of the connection in use or of the former one. */
  streams(inUse: Pictures, pid: Pid): PersonMedia | undefined {
    const now = inUse.slots.media.get(pid);
    const before = this.#former?.slots.media.get(pid);
    if (!before || !now) return now ?? before;
    return this.#isThere ? { ...before, ...now } : { ...now, ...before };
  }
}
