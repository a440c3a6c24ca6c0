/** What the tiles want, told to the node; and told again where it is not what came. */
import type { Connection } from './connection.js';
import { MAX_WANTS, type Want } from './protocol.js';

/** Shortest time between two reminders. */
const REMIND_MILLIS = 1_000;

export class View {
  #wants: readonly Want[] = [];
  #reminder: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly connection: () => Connection | undefined) {}

  set(wants: readonly Want[]): void {
    this.#wants = wants.slice(0, MAX_WANTS);
    this.tell();
  }

  tell(): void {
    if (this.#wants.length > 0) this.connection()?.publish('view', { wants: [...this.#wants] });
  }

  /**
   * Slots changed. A message to the node can be lost, and a person who came back on a new
   * connection is another sender to it: so whoever is wanted, sends, and does not come is wanted
   * once more. The node answers with slots only where something changes, so this ends.
   */
  check(): void {
    if (this.#reminder || !this.#isUnmet()) return;
    this.#reminder = setTimeout(() => {
      this.#reminder = undefined;
      if (this.#isUnmet()) this.tell();
    }, REMIND_MILLIS);
  }

  #isUnmet(): boolean {
    const connection = this.connection();
    if (!connection) return false;
    const { roster, slots } = connection;
    return this.#wants.some(({ pid, kind, height }) => {
      const sends = roster.people.get(pid)?.media[kind] ?? false;
      return height > 0 && sends && !slots.media.get(pid)?.[kind];
    });
  }
}
