/**
 * A person's way into a room and their stay: prepares everything while the lobby is looked at,
 * joins by one request, mends the connection, and says in one state what is so.
 */
import { Admission, type Ticket } from './admission.js';
import { Api } from './api.js';
import { Clock } from './clock.js';
import { Connection, type ConnectionEvents, type RenewLimits } from './connection.js';
import { deviceKey } from './deviceKey.js';
import { ConclaveError } from './errors.js';
import { type Entered, Entrance } from './entrance.js';
import { Handover } from './handover.js';
import { Keeping } from './keeping.js';
import type { LocalMedia } from './localMedia.js';
import { IDLE, type MeetingState, participants, type Phase } from './meetingState.js';
import { mend } from './mending.js';
import { type Notice, noticeOf } from './notices.js';
import { Preparation } from './preparation.js';
import type { RoomEvent, Want } from './protocol.js';
import type { Roster } from './roster.js';
import { Sending } from './sending.js';
import type { RememberedSession } from './sessionMemory.js';
import { type Readable, Store } from './store.js';
import { View } from './view.js';

export interface MeetingOptions {
  ticket: Ticket;
  media: LocalMedia;
  /** The edge's origin; the page's own by default. */
  edge?: string;
}

export class Meeting implements Readable<MeetingState> {
  readonly admission: Admission;
  readonly #store = new Store<MeetingState>(IDLE);
  readonly #notices = new Set<(notice: Notice) => void>();
  readonly #view = new View(() => this.#connection);
  readonly #media: LocalMedia;
  readonly #api: Api;
  readonly #sending: Sending;
  readonly #preparation: Preparation;
  readonly #entrance: Entrance;
  readonly #keeping: Keeping;
  readonly #handover = new Handover((former) => this.#let(former));
  #connection: Connection | undefined;
  /** A first join or a mending that is under way. */
  #entering: AbortController | undefined;

  constructor({ ticket, media, edge = '' }: MeetingOptions) {
    const clock = new Clock();
    this.#media = media;
    this.#api = new Api({ base: edge, clock, key: deviceKey });
    this.#sending = new Sending(media, () => this.#onLocalChange());
    this.#preparation = new Preparation(this.#sending);
    this.admission = new Admission(this.#api, clock, ticket);
    this.#entrance = new Entrance(this.#api, this.admission, this.#preparation, media);
    const link = 'invite' in ticket ? ticket.invite : ticket.token;
    this.#keeping = new Keeping(this.#api, link, media, this.getState);
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
    return this.#keeping.remembered;
  }

  /** Makes everything that a join needs, so that a click costs one request. Call again at will. */
  async prepare(): Promise<void> {
    await Promise.all([this.admission.get(), this.#preparation.get()]);
  }

  async join(name: string): Promise<void> {
    if (this.getState().phase.name === 'joining' || this.#connection) return;
    this.#store.set({ phase: { name: 'joining', returning: false } });
    const entering = new AbortController();
    this.#entering = entering;
    try {
      const entered = await this.#entrance.join(name, entering.signal);
      this.#entering = undefined;
      await this.#enter(entered);
    } catch (error) {
      if (!entering.signal.aborted) this.#fail(ConclaveError.from(error));
    }
  }

  /** Comes back into the room that this tab was in. */
  async resume(): Promise<void> {
    const { remembered } = this;
    if (!remembered || this.#connection) return;
    this.#keeping.take(remembered.session);
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
    if (!this.#connection?.busIsUp) this.#keeping.say();
    this.#end({ name: 'left' });
  }

  /** Ends everything without a word: the page goes on to something else. */
  close(): void {
    this.#keeping.say();
    this.#end({ name: 'left' });
    this.#sending.close();
  }

  /** Tells the node what the tiles show, most important first. */
  setView(wants: readonly Want[]): void {
    this.#view.set(wants);
  }

  async #enter({ joined, prepared: { peer, key }, asked }: Entered): Promise<void> {
    const former = this.#connection;
    this.#sending.obey(joined, asked);
    this.#preparation.take();
    const renew = async (limits: RenewLimits) => {
      const body = { session: this.#keeping.token, bus_key: key.publicKey };
      const renewed = await this.#api.renew(body, limits);
      // An answer to a connection that is not in use any more says nothing about this one.
      limits.signal?.throwIfAborted();
      this.#keeping.keep(renewed.session, key);
      const { self } = this.getState();
      if (self) this.#store.set({ self: { ...self, role: renewed.role } });
      return renewed.bus;
    };
    const connection = new Connection(joined, peer, key, renew, this.#eventsOf(() => connection));
    this.#connection = connection;
    if (former) {
      void former.retire();
      this.#handover.begin(former);
    }
    const { pid, name, role, allowed, title } = joined;
    this.#store.set({ phase: { name: 'connected' }, title, self: { pid, name, role, allowed } });
    this.#keeping.keep(joined.session, key);
    this.#refresh();
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
      happened: current((event, before) => this.#onEvent(event, before)),
      busUp: current(() => {
        this.#connection?.publish('media', this.#media.publishing);
        this.#view.tell();
      }),
      displaced: current(() => this.#end({ name: 'displaced' })),
      shaky: current(() => this.#store.set({ phase: { name: 'reconnecting', attempt: 0, problem: null } })),
      steady: current(() => {
        this.#handover.arrived();
        if (!this.#entering) this.#store.set({ phase: { name: 'connected' } });
        this.#refresh();
      }),
      lost: current(() => void this.#mend()),
      refused: current(() => void this.#mend()),
    };
  }

  /** Rejoins on a fresh PeerConnection; the former one and its last pictures stay until it is there. */
  async #mend(): Promise<void> {
    if (this.#entering) return;
    const entering = new AbortController();
    this.#entering = entering;
    const gaveUp = await mend(
      {
        starting: (attempt, problem) => {
          if (this.#connection) this.#store.set({ phase: { name: 'reconnecting', attempt, problem } });
        },
        attempt: async (signal) => this.#enter(await this.#entrance.rejoin(this.#keeping.token, signal)),
        failed: () => this.#preparation.discard(),
        // Who was in the room until now knows better than a service that has just restarted.
        doubtsEnd: () => this.#connection !== undefined,
      },
      entering.signal,
    );
    if (this.#entering === entering) this.#entering = undefined;
    if (gaveUp) this.#fail(gaveUp);
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
    this.#keeping.remember();
    this.#refresh();
  }

  #refresh(): void {
    const connection = this.#connection;
    const { self, people } = this.getState();
    if (!connection || !self) return;
    this.#store.set({
      people: participants(connection, self, this.#media.publishing, people, this.#handover),
      audio: connection.slots.audio,
      busUp: connection.busIsUp,
    });
  }

  #fail(problem: ConclaveError): void {
    this.#end(problem.problem === 'ended' ? { name: 'ended' } : { name: 'failed', problem });
  }

  #end(phase: Phase): void {
    this.#keeping.forget();
    this.#entering?.abort(new ConclaveError('network', 'Nobody waits for it any more.'));
    this.#entering = undefined;
    this.#preparation.forget();
    this.#handover.end();
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
