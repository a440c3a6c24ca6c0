/** What the tiles want, told to the node; it keeps that by person, whoever reconnects. */
import type { Connection } from './connection.js';
import { MAX_WANTS, type Want } from './protocol.js';

export class View {
  #wants: readonly Want[] = [];

  constructor(private readonly connection: () => Connection | undefined) {}

  set(wants: readonly Want[]): void {
    this.#wants = wants.slice(0, MAX_WANTS);
    this.tell();
  }

  /** Again, where what was said may not have been heard: on a new link to the bus. */
  tell(): void {
    if (this.#wants.length > 0) this.connection()?.publish('view', { wants: [...this.#wants] });
  }
}
