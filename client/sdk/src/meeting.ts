/**
 * A person's way into a room and their stay: prepares everything while the lobby is looked at,
 * joins by one request, mends the connection, and says in one state what is so.
 */
import { Admission, type Ticket } from './admission.js';
import { Api } from './api.js';
import type { BusKey } from './busConnection.js';
import { Clock } from './clock.js';
import type { RenewLimits } from './connection.js';
import { deviceKey } from './deviceKey.js';
import { type Secret, Secrecy } from './e2ee/secrecy.js';
import { DeviceMemory } from './deviceMemory.js';
import { Door } from './door.js';
import { ConclaveError } from './errors.js';
import { type Entered, Entrance, isInside } from './entrance.js';
import { Keeping } from './keeping.js';
import type { LocalMedia } from './localMedia.js';
import { IDLE, type MeetingState, outcomeOf, type Phase } from './meetingState.js';
import { mend } from './mending.js';
import { Moderation } from './moderation.js';
import type { Notice } from './notices.js';
import { Preparation } from './preparation.js';
import type { Pid, Reaction, Want } from './protocol.js';
import { Sending } from './sending.js';
import type { Pin } from './security.js';
import type { RememberedSession } from './sessionMemory.js';
import { Stay } from './stay.js';
import { type Readable, Store } from './store.js';
import { fitToSend } from './talk.js';

export interface MeetingOptions {
  ticket: Ticket;
  media: LocalMedia;
  /** The edge's origin; the page's own by default. */
  edge?: string;
  /** What the link says of the room's encryption; nothing by default. */
  pin?: Pin;
}

/** Patience with a request for a fresh link. */
const LINK_MILLIS = 10_000;

export class Meeting implements Readable<MeetingState> {
  readonly admission: Admission;
  readonly moderation = new Moderation((kind, body) => this.#stay.moderate(kind, body));
  readonly #store = new Store<MeetingState>(IDLE);
  readonly #notices = new Set<(notice: Notice) => void>();
  readonly #api: Api;
  readonly #sending: Sending;
  readonly #preparation: Preparation;
  readonly #entrance: Entrance;
  readonly #keeping: Keeping;
  readonly #stay: Stay;
  readonly #secrecy: Secrecy;
  readonly #memory = new DeviceMemory();
  readonly #pin: Pin;
  /** As this person wants to be called. */
  #name = '';
  #door: Door | undefined;
  /** A first join or a mending that is under way. */
  #entering: AbortController | undefined;

  constructor({ ticket, media, edge = '', pin = { mode: 'none' } }: MeetingOptions) {
    const clock = new Clock();
    this.#api = new Api({ base: edge, clock, key: deviceKey });
    this.#sending = new Sending(media, () => this.#onLocalChange());
    this.admission = new Admission(this.#api, clock, ticket);
    this.#pin = pin;
    this.#secrecy = new Secrecy(pin, () => this.#onSecrecy(), this.#memory);
    this.#preparation = new Preparation(this.#sending, this.#secrecy);
    this.#entrance = new Entrance(this.#api, this.admission, this.#preparation, media, this.#secrecy);
    const link = 'invite' in ticket ? ticket.invite : ticket.token;
    this.#keeping = new Keeping(this.#api, link, media, this.getState, () => ({ name: this.#name, ...this.#secrecy.room }));
    this.#stay = new Stay(this.#store, media, this.#sending, this.#secrecy, () => this.#name, {
      notice: (notice) => {
        for (const listener of this.#notices) listener(notice);
      },
      shaky: () => this.#store.set({ phase: { name: 'reconnecting', attempt: 0, problem: null } }),
      steady: () => {
        if (!this.#entering) this.#store.set({ phase: { name: 'connected' } });
      },
      written: (entry) => void this.#memory.keep(entry),
      lost: () => void this.#mend(),
      over: (phase) => this.#end(phase),
    });
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
    const { encryption, sid } = await this.admission.get();
    await this.#secrecy.learn(encryption, sid);
    await this.#preparation.get();
  }

  /** Gives this device the key of an encrypted room; a passphrase takes a moment. A link's key needs no call. */
  unlock(secret: Secret): Promise<void> {
    return this.#secrecy.unlock(secret);
  }

  /** The key that links to this room have to carry; nothing where people tell each other a passphrase. */
  get secret(): string | undefined {
    return this.#secrecy.key;
  }

  /** Six words, the same on every screen on which the room's key is the same. */
  async words(): Promise<readonly string[]> {
    const [{ wordlist }, numbers] = await Promise.all([import('./e2ee/words.js'), this.#secrecy.words()]);
    return numbers.map((number) => wordlist[number] ?? '');
  }

  async join(name: string): Promise<void> {
    if (this.#entering || this.#door || this.#stay.isInside) return;
    this.#name = name;
    this.#store.set({ phase: { name: 'joining', returning: false } });
    const entering = new AbortController();
    this.#entering = entering;
    try {
      const entered = await this.#entrance.join(name, entering.signal);
      this.#entering = undefined;
      await this.#arrive(entered);
    } catch (error) {
      if (!entering.signal.aborted) this.#fail(ConclaveError.from(error));
    }
  }

  /** Comes back into the room that this tab was in. */
  async resume(): Promise<void> {
    const { remembered } = this;
    if (!remembered || this.#stay.isInside) return;
    this.#name = remembered.name;
    this.#keeping.take(remembered.session);
    this.#store.set({ title: remembered.title, phase: { name: 'joining', returning: true } });
    try {
      await this.#secrecy.learn(remembered.encryption, remembered.sid);
      await this.#secrecy.unlocked();
    } catch (error) {
      return this.#fail(ConclaveError.from(error));
    }
    await this.#mend();
  }

  /** Takes this person's place back from another tab. */
  async takeOver(): Promise<void> {
    if (this.getState().phase.name !== 'displaced') return;
    this.#store.set({ phase: { name: 'joining', returning: true } });
    await this.#mend();
  }

  leave(): void {
    this.#stay.publish('leave', {});
    if (!this.#stay.isHeard) this.#keeping.say();
    this.#end({ name: 'left' });
  }

  /** Ends everything without a word: the page goes on to something else. */
  close(): void {
    this.#keeping.say();
    this.#end({ name: 'left' });
    this.#sending.close();
    this.#stay.sharing.close();
    this.#secrecy.close();
  }

  /** Tells the node what the tiles show, most important first. */
  setView(wants: readonly Want[]): void {
    this.#stay.view.set(wants);
  }

  /** Writes to everyone, or to one person. False where it was not sent; what arrived is in the state. */
  write(text: string, to?: Pid): boolean {
    const fit = fitToSend(text);
    if (fit === undefined || !this.#stay.isHeard) return false;
    this.#stay.write({ text: fit }, to);
    return true;
  }

  /** Offers a file to everyone, or to one person; false where it is too large or was not sent. */
  sendFile(file: File, to?: Pid): boolean {
    if (!this.#stay.isHeard) return false;
    const offer = this.#stay.sharing.offer(file, to);
    if (offer) this.#stay.write({ file: offer }, to);
    return offer !== undefined;
  }

  /** Fetches a file that was offered: see `transfers` in the state. */
  fetchFile(id: string): void {
    this.#stay.sharing.fetch(id);
  }

  cancelFile(id: string): void {
    this.#stay.sharing.cancel(id);
  }

  /** Records this meeting on this device, in answer to a click; everybody is told. @throws RecordingError */
  startRecording(): Promise<void> {
    return this.#stay.recording.start();
  }

  /** Ends it and saves what there is. Rejects where nothing could be kept. */
  stopRecording(): Promise<void> {
    return this.#stay.recording.stop();
  }

  raiseHand(raised: boolean): void {
    this.#stay.publish('hand', { raised });
  }

  react(reaction: Reaction): void {
    this.#stay.publish('reaction', { reaction });
  }

  /** A fresh invite for participants; an older one is refused from now on. For moderators. */
  async link(revoke?: string): Promise<string> {
    const session = this.#keeping.token;
    const body = revoke === undefined ? { session } : { session, revoke };
    return (await this.#api.link(body, { giveUpAt: Date.now() + LINK_MILLIS })).invite;
  }

  async #arrive(entered: Entered): Promise<void> {
    this.#shutDoor();
    const { joined, prepared } = entered;
    const renew = this.#renewal(prepared.key);
    if (!isInside(entered)) {
      this.#stay.end();
      const as = this.#secrecy.isOn ? this.#name : joined.name;
      this.#store.set({ phase: { name: 'waiting', as }, title: joined.title });
      this.#keeping.keep(joined.session, prepared.key);
      // An offer that nobody answered is as good as new: the preparation serves once more.
      void this.#secrecy.begin(prepared.peer, joined.pid).catch((error: unknown) => this.#fail(ConclaveError.from(error)));
      const hello = async () => (this.#secrecy.isOn ? this.#secrecy.hello(this.#name) : undefined);
      this.#door = new Door(joined, prepared.key, renew, hello, {
        admitted: () => this.#comeBack(),
        removed: (how) => this.#end(outcomeOf(how)),
        lost: () => this.#comeBack(),
      });
      return this.#door.start();
    }
    this.#preparation.take();
    const started = this.#stay.enter(entered, renew);
    // No server knows it.
    if (this.#pin.mode === 'key' && this.#pin.title) this.#store.set({ title: this.#pin.title });
    this.#store.set({ phase: { name: 'connected' } });
    void this.#memory.arrive(joined.session).then((entries) => this.#stay.remember(entries));
    this.#keeping.keep(joined.session, prepared.key);
    await started;
  }

  #renewal(key: BusKey) {
    return async (limits: RenewLimits) => {
      const body = { session: this.#keeping.token, bus_key: key.publicKey };
      const renewed = await this.#api.renew(body, limits);
      // An answer to a connection that is not in use any more says nothing about this one.
      limits.signal?.throwIfAborted();
      this.#keeping.keep(renewed.session, key);
      this.#stay.learnRole(renewed.role);
      return renewed.bus;
    };
  }

  /** Called in, or not known before this door any more. */
  #comeBack(): void {
    this.#shutDoor();
    void this.#mend();
  }

  /** Rejoins on a fresh PeerConnection; the former one and its last pictures stay until it is there. */
  async #mend(): Promise<void> {
    if (this.#entering) return;
    const entering = new AbortController();
    this.#entering = entering;
    const gaveUp = await mend(
      {
        starting: (attempt, problem) => {
          if (this.#stay.isInside) this.#store.set({ phase: { name: 'reconnecting', attempt, problem } });
        },
        attempt: async (signal) => this.#arrive(await this.#entrance.rejoin(this.#keeping.token, signal)),
        failed: () => this.#preparation.discard(),
        // Who was in the room, or before its door, knows better than a service that has just restarted.
        doubtsEnd: () => this.#stay.isInside || this.getState().phase.name === 'waiting',
      },
      entering.signal,
    );
    if (this.#entering === entering) this.#entering = undefined;
    if (gaveUp) this.#fail(gaveUp);
  }

  #onSecrecy(): void {
    this.#store.set({ security: this.#secrecy.security });
    this.#stay.onSecrecy();
  }

  #onLocalChange(): void {
    if (!this.#stay.isInside && !this.#door) return;
    this.#keeping.remember();
    this.#stay.onLocalChange();
  }

  #fail(problem: ConclaveError): void {
    this.#end(problem.problem === 'ended' ? { name: 'ended', reason: null } : { name: 'failed', problem });
  }

  #end(phase: Phase): void {
    this.#keeping.forget();
    this.#secrecy.forgetSecret();
    this.#entering?.abort(new ConclaveError('network', 'Nobody waits for it any more.'));
    this.#entering = undefined;
    this.#preparation.forget();
    this.#shutDoor();
    // First: what the page switches off at the end is not to be remembered.
    this.#stay.end();
    this.#store.set({ phase });
  }

  #shutDoor(): void {
    void this.#door?.close();
    this.#door = undefined;
  }
}
