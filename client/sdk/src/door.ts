/**
 * Before the door: says every few seconds that this person waits, until a moderator decides. The
 * credential of somebody who waits hears nothing of the room but this decision.
 */
import type { BusKey, BusMessage } from './busConnection.js';
import { BusLink } from './busLink.js';
import type { RenewLimits } from './connection.js';
import { type BusCredential, type RemovedHow, WAITING_SAYS_SECONDS, type WaitingAtDoor } from './protocol.js';
import { Vigil } from './vigil.js';

export interface DoorEvents {
  /** A moderator opened. */
  admitted(): void;
  removed(how: RemovedHow): void;
  /** The owner knows nobody here (any more), or the credential is refused: only asking again helps. */
  lost(): void;
}

/** How long the edge may take to say whether this person is waited for. */
const ASK_MILLIS = 4_000;
/** Patience of one renewal. */
const RENEW_MILLIS = 20_000;

export class Door {
  readonly #bus: BusLink;
  readonly #vigil: Vigil;
  #says: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  constructor(
    waiting: WaitingAtDoor,
    key: BusKey,
    renew: (limits: RenewLimits) => Promise<BusCredential>,
    /** By which moderators who hold the room's key know who waits; nothing in a room that is not encrypted. */
    private readonly hello: () => Promise<string | undefined>,
    private readonly events: DoorEvents,
  ) {
    const { sid, node, pid } = waiting;
    this.#bus = new BusLink({
      address: { sid, node, pid },
      before: 'door',
      credential: waiting.bus,
      key,
      renew: (signal) => renew({ signal, giveUpAt: Date.now() + RENEW_MILLIS }),
      onMessage: (message) => this.#onMessage(message),
      onUp: () => void this.#say(),
      onDown: () => undefined,
      onRefused: () => this.#lost(),
    });
    // Nobody beats before the door: an owner that crashed is found by asking the edge.
    this.#vigil = new Vigil({
      ask: (signal) => renew({ signal, deadline: ASK_MILLIS }),
      onGone: () => this.#lost(),
    });
  }

  start(): void {
    this.#bus.start();
    this.#vigil.heard();
    this.#says = setInterval(() => void this.#say(), WAITING_SAYS_SECONDS * 1000);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#says);
    this.#vigil.stop();
    await this.#bus.close();
  }

  async #say(): Promise<void> {
    const hello = await this.hello().catch(() => undefined);
    if (!this.#closed) this.#bus.publish('waiting', hello === undefined ? {} : { hello });
  }

  #onMessage(message: BusMessage): void {
    if (this.#closed) return;
    if (message.kind === 'admitted') this.events.admitted();
    if (message.kind === 'removed') this.events.removed(message.body.how);
  }

  #lost(): void {
    if (!this.#closed) this.events.lost();
  }
}
