/**
 * A person's way into a room and their stay: prepares everything while the lobby is looked at,
 * joins by one request, mends the connection, and says in one state what is so.
 */
import { Admission, type Ticket } from './admission.js';
import { Api } from './api.js';
import { backoffMillis, pause } from './backoff.js';
import { type BusKey, makeBusKey } from './busConnection.js';
import { Clock } from './clock.js';
import { Connection, type ConnectionEvents } from './connection.js';
import { deviceKey } from './deviceKey.js';
import { ConclaveError } from './errors.js';
import { Farewell } from './farewell.js';
import type { LocalMedia } from './localMedia.js';
import { IDLE, type MeetingState, type Notice, participants, type Phase } from './meetingState.js';
import { Peer } from './offer.js';
import { type JoinedRoom, MAX_WANTS, type RoomEvent, type Want } from './protocol.js';
import type { Roster } from './roster.js';
import { Sending } from './sending.js';
import { sessionMemory } from './sessionMemory.js';
import { type Readable, Store } from './store.js';

export interface MeetingOptions {
  ticket: Ticket;
  media: LocalMedia;
  /** The edge's origin; the page's own by default. */
  edge?: string;
}

/** Patience of one join, in milliseconds. */
const JOIN_MILLIS = 20_000;

export class Meeting implements Readable<MeetingState> {
  readonly admission: Admission;
  readonly #store = new Store<MeetingState>(IDLE);
  readonly #api: Api;
  readonly #farewell: Farewell;
  readonly #sending: Sending;
  readonly #link: string;
  readonly #notices = new Set<(notice: Notice) => void>();
  #busKey: Promise<BusKey> | undefined;
  #prepared: Peer | undefined;
  #connection: Connection | undefined;
  #session = '';
  #wants: Want[] = [];
  #mending: AbortController | undefined;

  constructor(private readonly options: MeetingOptions) {
    const clock = new Clock();
    const { ticket, media, edge = '' } = options;
    this.#api = new Api({ base: edge, clock, key: deviceKey });
    this.#farewell = new Farewell(this.#api);
    this.#sending = new Sending(media, () => this.#onLocalChange());
    this.#link = 'invite' in ticket ? ticket.invite : ticket.token;
    this.admission = new Admission(this.#api, clock, ticket);
  }

  readonly getState = (): MeetingState => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** Calls `listener` for each passing notice; returns how to stop. */
  onNotice(listener: (notice: Notice) => void): () => void {
    this.#notices.add(listener);
    return () => this.#notices.delete(listener);
  }

  /** What this tab was in before it was reloaded, if it was in this room. */
  get remembered() {
    return sessionMemory.recall(this.#link);
  }

  /** Makes everything that a join needs, so that a click costs one request. Call again at will. */
  async prepare(): Promise<void> {
    await Promise.all([deviceKey(), this.#key(), this.#peer().offer(), this.admission.get()]);
  }

  async join(name: string): Promise<void> {
    if (this.#phase.name === 'joining' || this.#connection) return;
    this.#setPhase({ name: 'joining', returning: false });
    try {
      const [{ token, fixedName }, key, peer] = await this.#ready();
      const media = this.options.media.publishing;
      const body = { token, bus_key: key.publicKey, offer: await peer.offer(), media };
      const named = fixedName === undefined ? { ...body, name } : body;
      const joined = await this.#api.join(named, { giveUpAt: Date.now() + JOIN_MILLIS });
      this.#sending.obey(joined, media);
      await this.#enter(joined, peer, key);
    } catch (error) {
      this.#fail(ConclaveError.from(error));
    }
  }

  /** Comes back into the room that this tab was in. */
  async resume(): Promise<void> {
    const remembered = this.remembered;
    if (!remembered || this.#connection) return;
    this.#session = remembered.session;
    this.#store.set({ title: remembered.title });
    this.#setPhase({ name: 'joining', returning: true });
    await this.#mend();
  }

  /** Takes this person's place back from another tab. */
  async takeOver(): Promise<void> {
    if (this.#phase.name !== 'displaced') return;
    this.#setPhase({ name: 'joining', returning: true });
    await this.#mend();
  }

  leave(): void {
    const connection = this.#connection;
    connection?.publish('leave', {});
    if (!connection?.busIsUp) this.#farewell.say();
    sessionMemory.forget();
    this.#end({ name: 'left' });
  }

  /** Ends everything without a word: the page goes on to something else. */
  close(): void {
    this.#end({ name: 'left' });
    this.#sending.close();
  }

  /** Tells the node what the tiles show, most important first. */
  setView(wants: Want[]): void {
    this.#wants = wants.slice(0, MAX_WANTS);
    this.#connection?.publish('view', { wants: this.#wants });
  }

  get #phase(): Phase {
    return this.getState().phase;
  }

  #setPhase(phase: Phase): void {
    this.#store.set({ phase });
  }

  #key(): Promise<BusKey> {
    this.#busKey ??= makeBusKey();
    return this.#busKey;
  }

  #peer(): Peer {
    if (!this.#prepared) {
      this.#prepared = new Peer();
      this.#sending.attach(this.#prepared);
    }
    return this.#prepared;
  }

  async #ready() {
    return Promise.all([this.admission.get(), this.#key(), this.#peer()]);
  }

  async #enter(joined: JoinedRoom, peer: Peer, key: BusKey): Promise<void> {
    const former = this.#connection;
    this.#prepared = undefined;
    this.#session = joined.session;
    const renew = async (signal: AbortSignal) => {
      const body = { session: this.#session, bus_key: key.publicKey };
      const renewed = await this.#api.renew(body, { signal, giveUpAt: Date.now() + 15_000 });
      this.#session = renewed.session;
      this.#remember();
      return renewed.bus;
    };
    const connection = new Connection(joined, peer, key, renew, this.#eventsOf(() => connection));
    this.#connection = connection;
    const { pid, name, role, allowed, title } = joined;
    const phase: Phase = { name: 'connected' };
    this.#store.set({ phase, title, self: { pid, name, role, allowed } });
    this.#refresh();
    this.#remember();
    this.#farewell.start({ session: this.#session, bus_key: key.publicKey });
    void former?.close();
    await connection.start();
  }

  /** Events of a connection count only while it is the one in use. */
  #eventsOf(connection: () => Connection): ConnectionEvents {
    const current =
      <A extends unknown[]>(handle: (...args: A) => void) =>
      (...args: A) => {
        if (this.#connection === connection()) handle(...args);
      };
    return {
      changed: current(() => this.#refresh()),
      happened: current((event: RoomEvent, before: Roster) => this.#onEvent(event, before)),
      busUp: current(() => {
        this.#connection?.publish('media', this.options.media.publishing);
        if (this.#wants.length > 0) this.#connection?.publish('view', { wants: this.#wants });
      }),
      displaced: current(() => {
        sessionMemory.forget();
        this.#end({ name: 'displaced' });
      }),
      shaky: current(() => this.#setPhase({ name: 'reconnecting', attempt: 0, problem: null })),
      steady: current(() => {
        if (!this.#mending) this.#setPhase({ name: 'connected' });
      }),
      lost: current(() => void this.#mend()),
      refused: current(() => void this.#mend()),
    };
  }

  /** Rejoins with a fresh PeerConnection until it works or cannot; the old picture stays meanwhile. */
  async #mend(): Promise<void> {
    if (this.#mending) return;
    const mending = new AbortController();
    this.#mending = mending;
    let problem: ConclaveError | null = null;
    for (let attempt = 1; !mending.signal.aborted; attempt++) {
      if (this.#connection) this.#setPhase({ name: 'reconnecting', attempt, problem });
      const peer = this.#peer();
      try {
        await this.#rejoin(peer, mending.signal);
        break;
      } catch (thrown) {
        if (mending.signal.aborted) break;
        this.#discard(peer);
        problem = ConclaveError.from(thrown);
        if (!problem.retryable && problem.problem !== 'service') {
          this.#mending = undefined;
          return this.#fail(problem);
        }
        await pause(problem.retryAfter ?? backoffMillis(attempt), mending.signal).catch(() => undefined);
      }
    }
    if (this.#mending === mending) this.#mending = undefined;
  }

  async #rejoin(peer: Peer, signal: AbortSignal): Promise<void> {
    const key = await this.#key();
    const media = this.options.media.publishing;
    const body = { session: this.#session, bus_key: key.publicKey, offer: await peer.offer(), media };
    const joined = await this.#api.rejoin(body, { signal });
    if (signal.aborted) return;
    this.#sending.obey(joined, media);
    await this.#enter(joined, peer, key);
  }

  #fail(problem: ConclaveError): void {
    if (problem.problem === 'ended') return this.#end({ name: 'ended' });
    this.#end({ name: 'failed', problem });
  }

  #onEvent(event: RoomEvent, before: Roster): void {
    const own = this.getState().self?.pid;
    switch (event.type) {
      case 'ended':
        return this.#end({ name: 'ended' });
      case 'joined':
        if (event.person.pid === own || before.people.has(event.person.pid)) return;
        return this.#notify({ type: 'joined', name: event.person.name });
      case 'left': {
        // The node lost sight of this page, which is still here.
        if (event.pid === own) return void this.#mend();
        const name = before.people.get(event.pid)?.name;
        if (name !== undefined) this.#notify({ type: 'left', name, reason: event.reason });
        return;
      }
      case 'media': {
        const person = before.people.get(event.pid);
        if (!person || event.pid === own || person.media.screen || !event.media.screen) return;
        return this.#notify({ type: 'sharing', name: person.name });
      }
    }
  }

  #notify(notice: Notice): void {
    for (const listener of this.#notices) listener(notice);
  }

  #onLocalChange(): void {
    this.#connection?.publish('media', this.options.media.publishing);
    if (this.#connection) {
      this.#remember();
      this.#refresh();
    }
  }

  #refresh(): void {
    const connection = this.#connection;
    const { self, people } = this.getState();
    if (!connection || !self) return;
    this.#store.set({
      people: participants(connection, self, this.options.media.publishing, people),
      audio: connection.slots.audio,
      busUp: connection.busIsUp,
    });
  }

  #remember(): void {
    const { title, self } = this.getState();
    const { microphone, camera } = this.options.media.getState();
    sessionMemory.remember({
      link: this.#link,
      session: this.#session,
      name: self?.name ?? '',
      title,
      microphone: microphone.on,
      camera: camera.on,
    });
  }

  #discard(peer: Peer): void {
    this.#sending.detach(peer);
    peer.close();
    if (this.#prepared === peer) this.#prepared = undefined;
  }

  #end(phase: Phase): void {
    if (phase.name === 'ended' || phase.name === 'failed') sessionMemory.forget();
    this.#mending?.abort();
    this.#mending = undefined;
    this.#farewell.stop();
    if (this.#prepared) this.#discard(this.#prepared);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) this.#sending.detach(connection.peer);
    void connection?.close();
    this.#store.set({ phase, people: [], audio: [], busUp: false });
  }
}
