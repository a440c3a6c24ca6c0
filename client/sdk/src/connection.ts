/** One stay in a room: a PeerConnection and a bus link that belong to one answer of the node. */
import { BusLink } from './busLink.js';
import type { BusKey, BusMessage } from './busConnection.js';
import type { ConclaveError } from './errors.js';
import type { RequestOptions } from './http.js';
import type { Peer, PeerState } from './offer.js';
import type { BusCredential, FromOne, JoinedRoom, Pid, RoomEvent } from './protocol.js';
import { EMPTY_ROSTER, position, reduceRoster, type Roster, type RosterInput } from './roster.js';
import { SlotTable } from './slots.js';
import { Vigil } from './vigil.js';

export type RenewLimits = Pick<RequestOptions, 'signal' | 'giveUpAt' | 'deadline'>;

export interface ConnectionEvents {
  /** Roster, slots, speakers or state of the bus changed. */
  changed(): void;
  /** Everyone is told of this. */
  happened(event: RoomEvent, before: Roster): void;
  /** The bus is there (again): say what the owner has to know. */
  busUp(): void;
  /** Another page took this person's place. */
  displaced(): void;
  /** Media is interrupted; it may come back by itself. */
  shaky(): void;
  steady(): void;
  /** Only a new connection helps: media failed, or the room's owner is another or knows us no more. */
  lost(): void;
  refused(error: ConclaveError): void;
}

/** ICE recovers from most interruptions by itself within this time. */
const SHAKY_MILLIS = 3_000;
/** An answer that leads to no connection in this time never will. */
const CONNECT_MILLIS = 12_000;
/** Patience of one renewal. */
const RENEW_MILLIS = 20_000;
/** How long the edge may take to say whether this person is in the room. */
const ASK_MILLIS = 4_000;
/** Shortest time between two requests for what was missed. */
const RESYNC_MILLIS = 1_000;

export class Connection {
  readonly #bus: BusLink;
  readonly #slots: SlotTable;
  readonly #vigil: Vigil;
  #roster: Roster;
  #speaking: ReadonlySet<Pid> = new Set();
  #patience: ReturnType<typeof setTimeout> | undefined;
  #resync: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    readonly joined: JoinedRoom,
    readonly peer: Peer,
    private readonly key: BusKey,
    renew: (limits: RenewLimits) => Promise<BusCredential>,
    private readonly events: ConnectionEvents,
  ) {
    this.#slots = new SlotTable(peer.slots());
    this.#slots.take(joined.slots);
    this.#roster = reduceRoster(EMPTY_ROSTER, { kind: 'snapshot', snapshot: joined.snapshot }).roster;
    const { sid, node, pid } = joined;
    this.#bus = new BusLink({
      address: { sid, node, pid },
      credential: joined.bus,
      key,
      renew: (signal) => renew({ signal, giveUpAt: Date.now() + RENEW_MILLIS }),
      onMessage: (message) => this.#onMessage(message),
      onUp: () => this.#onBusUp(),
      onDown: () => this.events.changed(),
      onRefused: (error) => this.events.refused(error),
    });
    this.#vigil = new Vigil({
      ask: (signal) => renew({ signal, deadline: ASK_MILLIS }),
      onGone: () => this.events.lost(),
    });
  }

  get roster(): Roster {
    return this.#roster;
  }

  get slots(): SlotTable {
    return this.#slots;
  }

  get speaking(): ReadonlySet<Pid> {
    return this.#speaking;
  }

  get busIsUp(): boolean {
    return this.#bus.up;
  }

  /** Takes the answer and reaches for the bus at the same time. */
  async start(): Promise<void> {
    this.peer.onState = (state) => this.#onPeerState(state);
    this.#wait(CONNECT_MILLIS);
    this.#bus.start();
    await this.peer.accept(this.joined.answer);
  }

  publish<K extends keyof FromOne>(kind: K, body: FromOne[K]): void {
    this.#bus.publish(kind, body);
  }

  /** Hears and says nothing any more; its pictures stay until `close`. */
  async retire(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#patience);
    clearTimeout(this.#resync);
    this.#vigil.stop();
    this.peer.onState = () => undefined;
    // A farewell on the bus must be there before the node notices that media have ended, or
    // everybody is told that the connection was lost.
    await this.#bus.close();
  }

  async close(): Promise<void> {
    await this.retire();
    this.peer.close();
  }

  #onMessage(message: BusMessage): void {
    if (this.#closed) return;
    const isPlaced = message.kind === 'event' || message.kind === 'beat';
    // Another owner has the room: it knows only those who came (back) to it.
    if (isPlaced && message.body.epoch > this.joined.snapshot.epoch) return this.events.lost();
    this.#vigil.heard();
    switch (message.kind) {
      case 'event':
        return this.#advance({ kind: 'events', events: [message.body] });
      case 'missed':
        return this.#advance({ kind: 'events', events: message.body.events });
      case 'snapshot':
        return this.#advance({ kind: 'snapshot', snapshot: message.body });
      case 'beat':
        return this.#advance({ kind: 'beat', beat: message.body });
      case 'hint':
        if (message.body.type !== 'speaking') return;
        this.#speaking = new Set(message.body.pids);
        return this.events.changed();
      case 'slots':
        if (this.#slots.take(message.body)) this.events.changed();
        return;
      case 'displaced':
        if (message.body.bus_key !== this.key.publicKey) this.events.displaced();
        return;
    }
  }

  #advance(input: RosterInput): void {
    const before = this.#roster;
    const { roster, applied } = reduceRoster(before, input);
    this.#roster = roster;
    for (const event of applied) this.events.happened(event, before);
    if (this.#closed) return;
    if (roster.behind) this.#askSoon();
    if (roster.people !== before.people || roster.ended !== before.ended) this.events.changed();
  }

  #onBusUp(): void {
    // Whatever was said while nobody listened; the answer also brings the slots.
    this.publish('resync', position(this.#roster));
    this.#vigil.heard();
    this.events.busUp();
    this.events.changed();
  }

  /** Asks for what is missing, and again until it has come. */
  #askSoon(): void {
    if (this.#resync || !this.#bus.up) return;
    this.publish('resync', position(this.#roster));
    this.#resync = setTimeout(() => {
      this.#resync = undefined;
      if (this.#roster.behind && !this.#closed) this.#askSoon();
    }, RESYNC_MILLIS);
  }

  #onPeerState(state: PeerState): void {
    if (this.#closed) return;
    switch (state) {
      case 'connected':
        clearTimeout(this.#patience);
        return this.events.steady();
      case 'disconnected':
        this.#wait(SHAKY_MILLIS);
        this.#vigil.trouble();
        return this.events.shaky();
      case 'failed':
        clearTimeout(this.#patience);
        return this.events.lost();
      default:
        return;
    }
  }

  #wait(millis: number): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.events.lost(), millis);
  }
}
