/**
 * A person's way into a room and their stay: prepares everything while the lobby is looked at,
 * joins by one request, mends the connection, and says in one state what is so.
 */
import { Admission, type Ticket } from './admission.js';
import { Api } from './api.js';
import type { BusKey } from './busConnection.js';
import { Clock } from './clock.js';
import { Connection, type ConnectionEvents } from './connection.js';
import { deviceKey } from './deviceKey.js';
import { ConclaveError } from './errors.js';
import { Farewell } from './farewell.js';
import type { LocalMedia } from './localMedia.js';
import { IDLE, type MeetingState, participants, type Phase } from './meetingState.js';
import { mend } from './mending.js';
import { type Notice, noticeOf } from './notices.js';
import { Preparation, type Prepared } from './preparation.js';
import type { JoinedRoom, RoomEvent, Want } from './protocol.js';
import type { Roster } from './roster.js';
import { Sending } from './sending.js';
import { type RememberedSession, sessionMemory } from './sessionMemory.js';
import { type Readable, Store } from './store.js';
import { View } from './view.js';

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
  readonly #notices = new Set<(notice: Notice) => void>();
  readonly #view = new View(() => this.#connection);
  readonly #media: LocalMedia;
  readonly #link: string;
  readonly #api: Api;
  readonly #sending: Sending;
  readonly #preparation: Preparation;
  readonly #farewell: Farewell;
  #connection: Connection | undefined;
  #session = '';
  #mending: AbortController | undefined;

  constructor({ ticket, media, edge = '' }: MeetingOptions) {
    const clock = new Clock();
    this.#media = media;
    this.#link = 'invite' in ticket ? ticket.invite : ticket.token;
    this.#api = new Api({ base: edge, clock, key: deviceKey });
    this.#sending = new Sending(media, () => this.#onLocalChange());
    this.#preparation = new Preparation(this.#sending);
    this.#farewell = new Farewell(this.#api);
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
  get remembered(): RememberedSession | undefined {
    return sessionMemory.recall(this.#link);
  }

  /** Makes everything that a join needs, so that a click costs one request. Call again at will. */
  async prepare(): Promise<void> {
    await Promise.all([this.admission.get(), this.#preparation.get()]);
  }

  async join(name: string): Promise<void> {
    if (this.getState().phase.name === 'joining' || this.#connection) return;
    this.#store.set({ phase: { name: 'joining', returning: false } });
    try {
      const [admitted, prepared] = await Promise.all([this.admission.get(), this.#preparation.get()]);
      const { token, fixedName } = admitted;
      const media = this.#media.publishing;
      const body = { token, bus_key: prepared.key.publicKey, offer: prepared.offer, media };
      const named = fixedName === undefined ? { ...body, name } : body;
      const joined = await this.#api.join(named, { giveUpAt: Date.now() + JOIN_MILLIS });
      this.#sending.obey(joined, media);
      await this.#enter(joined, prepared);
    } catch (error) {
      this.#fail(ConclaveError.from(error));
    }
  }

  /** Comes back into the room that this tab was in. */
  async resume(): Promise<void> {
    const { remembered } = this;
    if (!remembered || this.#connection) return;
    this.#session = remembered.session;
    this.#store.set({ title: remembered.title, phase: { name: 'joining', returning: true } });
    await this.#mend();
  }

  /** Takes this person's place back from another tab. */
  async takeOver(): Promise<void> {
    if (this.getState().phase.name !== 'displaced') return;
    this.#store.set({ phase: { name: 'joining', returning: true } });
    await this.#mend();
  }

  leave(): void {
    this.#connection?.publish('leave', {});
    if (!this.#connection?.busIsUp) this.#farewell.say();
    this.#end({ name: 'left' });
  }

  /** Ends everything without a word: the page goes on to something else. */
  close(): void {
    this.#farewell.say();
    this.#end({ name: 'left' });
    this.#sending.close();
  }

  /** Tells the node what the tiles show, most important first. */
  setView(wants: readonly Want[]): void {
    this.#view.set(wants);
  }

  async #enter(joined: JoinedRoom, { peer, key }: Prepared): Promise<void> {
    const former = this.#connection;
    this.#preparation.take();
    const renew = async (signal: AbortSignal) => {
      const body = { session: this.#session, bus_key: key.publicKey };
      const renewed = await this.#api.renew(body, { signal, giveUpAt: Date.now() + JOIN_MILLIS });
      this.#keep(renewed.session, key);
      return renewed.bus;
    };
    const connection = new Connection(joined, peer, key, renew, this.#eventsOf(() => connection));
    this.#connection = connection;
    const { pid, name, role, allowed, title } = joined;
    this.#store.set({ phase: { name: 'connected' }, title, self: { pid, name, role, allowed } });
    this.#keep(joined.session, key);
    this.#refresh();
    if (former) this.#let(former);
    await connection.start();
  }

  /** A new session token: for a reload, and for saying goodbye. */
  #keep(session: string, key: BusKey): void {
    this.#session = session;
    this.#remember();
    this.#farewell.start({ session, bus_key: key.publicKey });
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
      happened: current((event, before) => this.#onEvent(event, before)),
      slotsChanged: current(() => this.#view.check()),
      busUp: current(() => {
        this.#connection?.publish('media', this.#media.publishing);
        this.#view.tell();
      }),
      displaced: current(() => this.#end({ name: 'displaced' })),
      shaky: current(() => this.#store.set({ phase: { name: 'reconnecting', attempt: 0, problem: null } })),
      steady: current(() => {
        if (!this.#mending) this.#store.set({ phase: { name: 'connected' } });
      }),
      lost: current(() => void this.#mend()),
      refused: current(() => void this.#mend()),
    };
  }

  /** Rejoins on a fresh PeerConnection; the former one and its last pictures stay until it is there. */
  async #mend(): Promise<void> {
    if (this.#mending) return;
    const mending = new AbortController();
    this.#mending = mending;
    const gaveUp = await mend(
      {
        starting: (attempt, problem) => {
          if (this.#connection) this.#store.set({ phase: { name: 'reconnecting', attempt, problem } });
        },
        attempt: (signal) => this.#rejoin(signal),
        failed: () => this.#preparation.discard(),
      },
      mending.signal,
    );
    if (this.#mending === mending) this.#mending = undefined;
    if (gaveUp) this.#fail(gaveUp);
  }

  async #rejoin(signal: AbortSignal): Promise<void> {
    const prepared = await this.#preparation.get();
    const media = this.#media.publishing;
    const body = { session: this.#session, bus_key: prepared.key.publicKey, offer: prepared.offer, media };
    const joined = await this.#api.rejoin(body, { signal });
    if (signal.aborted) return;
    this.#sending.obey(joined, media);
    await this.#enter(joined, prepared);
  }

  #onEvent(event: RoomEvent, before: Roster): void {
    const own = this.getState().self?.pid;
    if (event.type === 'ended') return this.#end({ name: 'ended' });
    // The node lost sight of this page, which is still here.
    if (event.type === 'left' && event.pid === own) return void this.#mend();
    const notice = noticeOf(event, before, own);
    if (notice) for (const listener of this.#notices) listener(notice);
  }

  #onLocalChange(): void {
    if (!this.#connection) return;
    this.#connection.publish('media', this.#media.publishing);
    this.#remember();
    this.#refresh();
  }

  #refresh(): void {
    const connection = this.#connection;
    const { self, people } = this.getState();
    if (!connection || !self) return;
    this.#store.set({
      people: participants(connection, self, this.#media.publishing, people),
      audio: connection.slots.audio,
      busUp: connection.busIsUp,
    });
  }

  #remember(): void {
    const { title, self } = this.getState();
    const { microphone, camera } = this.#media.getState();
    sessionMemory.remember({
      link: this.#link,
      session: this.#session,
      name: self?.name ?? '',
      title,
      microphone: microphone.on,
      camera: camera.on,
    });
  }

  #fail(problem: ConclaveError): void {
    this.#end(problem.problem === 'ended' ? { name: 'ended' } : { name: 'failed', problem });
  }

  #end(phase: Phase): void {
    sessionMemory.forget();
    this.#mending?.abort();
    this.#mending = undefined;
    this.#farewell.stop();
    this.#preparation.discard();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) this.#let(connection);
    this.#store.set({ phase, people: [], audio: [], busUp: false });
  }

  #let(connection: Connection): void {
    this.#sending.detach(connection.peer);
    void connection.close();
  }
}
