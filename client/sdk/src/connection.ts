/** One stay in a room: a PeerConnection and a bus link that belong to one answer of the node. */
import { BusLink } from './busLink.js';
import type { BusKey, BusMessage } from './busConnection.js';
import type { ConclaveError } from './errors.js';
import type { RequestOptions } from './http.js';
import type { Peer, PeerState } from './offer.js';
import type { Mailbox } from './mailbox.js';
import type {
  Backstage,
  BusCredential,
  Declined,
  FromModerator,
  FromOne,
  JoinedRoom,
  Mail,
  Pid,
  Reaction,
  RemovedHow,
  RoomEvent,
  Sequenced,
} from './protocol.js';
import { EMPTY_ROSTER, position, reduceRoster, type Roster, type RosterInput } from './roster.js';
import { SlotTable } from './slots.js';
import { Vigil } from './vigil.js';

export type RenewLimits = Pick<RequestOptions, 'signal' | 'giveUpAt' | 'deadline'>;

export interface ConnectionEvents {
  /** Roster, slots, speakers or state of the bus changed. */
  changed(): void;
  /** Everyone is told of this. */
  happened(event: RoomEvent, before: Roster): void;
  /** The bus is there (again). */
  busUp(): void;
  /** All that was said meanwhile is known now: say what the owner has to know. */
  caughtUp(): void;
  /** Somebody wrote to this person alone, or this person did. */
  mail(mail: Mail): void;
  reacted(pid: Pid, reaction: Reaction): void;
  /** What only moderators see. */
  backstage(backstage: Backstage): void;
  declined(declined: Declined): void;
  /** A moderator, or the owner itself, took this person out. */
  removed(how: RemovedHow): void;
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
  #endsAt: number | null = null;
  /** How far the connection before this one had heard, until that is made up for. */
  #since: number | undefined;
  /** True from the bus's being there until the answer to the first question. */
  #catchingUp = false;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #resync: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    readonly joined: JoinedRoom,
    readonly peer: Peer,
    private readonly key: BusKey,
    private readonly mailbox: Mailbox,
    renew: (limits: RenewLimits) => Promise<BusCredential>,
    private readonly events: ConnectionEvents,
  ) {
    this.#slots = new SlotTable(peer.slots());
    this.#slots.take(joined.slots);
    this.#roster = reduceRoster(EMPTY_ROSTER, { kind: 'snapshot', snapshot: joined.snapshot }).roster;
    this.#learnEnd(joined.snapshot.ends_in);
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

  /** When the room's time is up, by this device's clock; null where it has no bound. */
  get endsAt(): number | null {
    return this.#endsAt;
  }

  get busIsUp(): boolean {
    return this.#bus.up;
  }

  /** What was written since `former` heard the room is to be told as well; of the rest the answer knows. */
  catchUpFrom({ roster: { epoch, seq } }: Pick<Connection, 'roster'>): void {
    if (epoch === this.joined.snapshot.epoch) this.#since = seq;
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

  moderate<K extends keyof FromModerator>(kind: K, body: FromModerator[K]): void {
    this.#bus.moderate(kind, body);
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
        this.#makeUp(message.body.events);
        this.#advance({ kind: 'events', events: message.body.events });
        return this.#caughtUp();
      case 'snapshot':
        this.#learnEnd(message.body.ends_in);
        this.#advance({ kind: 'snapshot', snapshot: message.body });
        return this.#caughtUp();
      case 'beat':
        return this.#advance({ kind: 'beat', beat: message.body });
      case 'hint':
        if (message.body.type === 'reaction') return this.events.reacted(message.body.pid, message.body.reaction);
        if (message.body.type !== 'speaking') return;
        this.#speaking = new Set(message.body.pids);
        return this.events.changed();
      case 'slots':
        if (this.#slots.take(message.body)) this.events.changed();
        return;
      case 'displaced':
        if (message.body.bus_key !== this.key.publicKey) this.events.displaced();
        return;
      case 'mail':
        return this.#onMail(message.body);
      case 'role':
        return this.#bus.renewNow();
      case 'backstage':
        return this.events.backstage(message.body);
      case 'declined':
        return this.events.declined(message.body);
      case 'removed':
        return this.events.removed(message.body.how);
      case 'admitted':
        return;
    }
  }

  #onMail(mail: Mail): void {
    const { isNew, ask } = this.mailbox.take(this.joined.snapshot.epoch, mail);
    if (ask) this.#askNow();
    if (isNew) this.events.mail(mail);
  }

  #caughtUp(): void {
    if (!this.#catchingUp || this.#roster.behind || this.#closed) return;
    this.#catchingUp = false;
    this.events.caughtUp();
  }

  #makeUp(events: readonly Sequenced[]): void {
    const since = this.#since;
    this.#since = undefined;
    if (since === undefined) return;
    const before = this.#roster;
    const written = events.filter(({ seq, event }) => event.type === 'chat' && seq > since && seq <= before.seq);
    for (const { event } of written) this.events.happened(event, before);
  }

  #learnEnd(seconds: number | undefined): void {
    if (seconds !== undefined) this.#endsAt = Date.now() + seconds * 1000;
  }

  #advance(input: RosterInput): void {
    const before = this.#roster;
    const { roster, applied } = reduceRoster(before, input);
    this.#roster = roster;
    for (const event of applied) this.events.happened(event, before);
    if (this.#closed) return;
    if (roster.behind) this.#askSoon();
    const news = roster.people !== before.people || roster.ended !== before.ended || roster.rules !== before.rules;
    if (news) this.events.changed();
  }

  #onBusUp(): void {
    // Whatever was said while nobody listened; the answer also brings slots, mail and backstage.
    this.#catchingUp = true;
    this.#askNow();
    this.#vigil.heard();
    this.events.busUp();
    this.events.changed();
  }

  /** Asks for what is missing, and again until it has come. */
  #askSoon(): void {
    if (this.#resync || !this.#bus.up) return;
    this.#askNow();
    this.#resync = setTimeout(() => {
      this.#resync = undefined;
      if (this.#roster.behind && !this.#closed) this.#askSoon();
    }, RESYNC_MILLIS);
  }

  #askNow(): void {
    const { epoch, seq } = position(this.#roster);
    const mail = this.mailbox.position(this.joined.snapshot.epoch);
    this.publish('resync', { epoch, seq: Math.min(seq, this.#since ?? seq), mail });
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
