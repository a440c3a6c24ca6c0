/**
 * The time in a room, across the connections that it takes: what is heard becomes state and
 * notices, and what moderators switch off is switched off here.
 */
import { BackstageBoard } from './backstage.js';
import { Connection, type ConnectionEvents, type RenewLimits } from './connection.js';
import { base64url } from './base64url.js';
import { CHAT_KIND, Conversation } from './conversation.js';
import type { Secrecy } from './e2ee/secrecy.js';
import type { Entered } from './entrance.js';
import { Handover } from './handover.js';
import type { LocalMedia } from './localMedia.js';
import { type MeetingState, outcomeOf, participants, type Phase, type Self } from './meetingState.js';
import { type Notice, noticeOf } from './notices.js';
import {
  type Backstage,
  type BusCredential,
  type Declined,
  type FromModerator,
  type FromOne,
  type JoinedRoom,
  type Person,
  type Pid,
  type Publishing,
  type RoomEvent,
  type RoomRole,
  type Rules,
  SOURCES,
} from './protocol.js';
import { allowedBy, reasons, sameReasons } from './rights.js';
import type { Roster } from './roster.js';
import type { Sending } from './sending.js';
import type { Store } from './store.js';
import { Supervision } from './supervision.js';
import { View } from './view.js';
import { toBytes, toText, type Written } from './written.js';

export interface StayEvents {
  notice(notice: Notice): void;
  /** Media is interrupted; it may come back by itself. */
  shaky(): void;
  steady(): void;
  /** Only a new connection helps. */
  lost(): void;
  /** It is over, in this way. */
  over(phase: Phase): void;
}

/**
 * How often a page says hello again, in milliseconds: one that is older than five minutes counts no more, and who
 * comes late gets the latest from the node.
 */
const HELLO_MILLIS = 90_000;
/** How long the word that somebody came waits for the name that only their hello tells, in milliseconds. */
const NAME_MILLIS = 3_000;

export class Stay {
  readonly view = new View(() => this.#connection);
  readonly #handover = new Handover((former) => this.#let(former));
  readonly #backstage = new BackstageBoard();
  readonly #conversation: Conversation;
  #connection: Connection | undefined;
  #supervision = new Supervision({ microphone: false, camera: false, screen: false });
  /** As the edge knows it; whoever is in the roster has the role that stands there. */
  #role: RoomRole = 'participant';
  /** True once the roster had this person in it: who is hidden never is. */
  #seen = false;
  /** The last hello that was taken, of each. */
  readonly #hellos = new Map<Pid, string>();
  /** Who came and has not said hello yet. */
  readonly #nameless = new Map<Pid, ReturnType<typeof setTimeout>>();
  #helloing: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly store: Store<MeetingState>,
    private readonly media: LocalMedia,
    private readonly sending: Sending,
    private readonly secrecy: Secrecy,
    /** As this person wants to be called. */
    private readonly name: () => string,
    private readonly events: StayEvents,
  ) {
    this.#conversation = new Conversation(store, () => this.#connection?.joined.pid, secrecy, {
      notice: events.notice,
      written: () => undefined,
    });
  }

  /** True while there is a connection, be it a broken one. */
  get isInside(): boolean {
    return this.#connection !== undefined;
  }

  /** True while what is published is heard. */
  get isHeard(): boolean {
    return this.#connection?.busIsUp ?? false;
  }

  publish<K extends keyof FromOne>(kind: K, body: FromOne[K]): void {
    this.#connection?.publish(kind, body);
  }

  /** Writes to everyone, or to one. */
  write(written: Written, to?: Pid): void {
    const whom = to === undefined ? {} : { to };
    if (!this.secrecy.isOn) return this.publish('chat', { text: toText(written), ...whom });
    this.secrecy
      .seal('chat', CHAT_KIND, to, toBytes(written))
      .then((sealed) => this.publish('chat', { sealed: base64url(sealed), ...whom }))
      .catch((error: unknown) => console.warn('conclave: a message could not be sealed', error));
  }

  moderate<K extends keyof FromModerator>(kind: K, body: FromModerator[K]): void {
    this.#connection?.moderate(kind, body);
  }

  /** Begins, or goes on with, a fresh answer of the node; a former connection's pictures stay a while. */
  enter(
    { joined, prepared: { peer, key }, asked }: Entered<JoinedRoom>,
    renew: (limits: RenewLimits) => Promise<BusCredential>,
  ): Promise<void> {
    const former = this.#connection;
    const { mailbox } = this.#conversation;
    const connection = new Connection(joined, peer, key, mailbox, renew, this.#eventsOf(() => connection));
    this.#connection = connection;
    this.#role = joined.role;
    this.#seen = false;
    this.#supervision = new Supervision(joined.media);
    if (former) {
      connection.catchUpFrom(former);
      void former.retire();
      this.#handover.begin(former);
    }
    // Before the answer is set: no frame leaves this device, or is shown, that was not sealed.
    this.secrecy.begin(peer, joined.pid);
    this.store.set({ title: joined.title, features: joined.features });
    this.sending.obey(this.#self(connection).allowed, joined.media, asked);
    this.#refresh();
    return connection.start();
  }

  /** The edge says so at each renewal. */
  learnRole(role: RoomRole): void {
    this.#role = role;
    this.#refresh();
  }

  end(): void {
    this.#handover.end();
    this.#conversation.end();
    this.#backstage.clear();
    clearInterval(this.#helloing);
    for (const timer of this.#nameless.values()) clearTimeout(timer);
    this.#nameless.clear();
    this.#hellos.clear();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) this.#let(connection);
    this.store.set({ people: [], audio: [], backstage: this.#backstage.behind, endsAt: null, busUp: false });
  }

  /** Something was switched on or off on this device. */
  onLocalChange(): void {
    this.#tellMedia();
    this.#refresh();
  }

  /** The room's encryption stands otherwise, or somebody's name is known now. */
  onSecrecy(): void {
    for (const pid of [...this.#nameless.keys()]) {
      if (this.secrecy.nameOf(pid) !== undefined) this.#came(pid);
    }
    this.#refresh();
  }

  /** Events of a connection count only while it is the one in use. */
  #eventsOf(connection: () => Connection): ConnectionEvents {
    const current =
      <A extends unknown[]>(handle: (...args: A) => void) =>
      (...args: A) => {
        if (this.#connection === connection()) handle(...args);
      };
    return {
      changed: current(() => this.#onChange()),
      happened: current((event, before) => this.#onEvent(event, before)),
      busUp: current(() => this.#onBusUp()),
      caughtUp: current(() => this.#tellMedia()),
      mail: current((mail) => this.#conversation.mailed(mail)),
      reacted: current((pid, reaction) => this.#conversation.reacted(pid, reaction)),
      backstage: current((backstage) => this.#onBackstage(backstage)),
      declined: current((declined) => this.#onDeclined(declined)),
      removed: current((how) => this.events.over(outcomeOf(how))),
      displaced: current(() => this.events.over({ name: 'displaced' })),
      shaky: current(() => this.events.shaky()),
      steady: current(() => {
        this.#handover.arrived();
        this.events.steady();
        this.#refresh();
      }),
      lost: current(() => this.events.lost()),
      refused: current(() => this.events.lost()),
    };
  }

  #onChange(): void {
    const { joined, roster } = this.#connection ?? {};
    const known = joined && roster?.people.get(joined.pid)?.media;
    // What a snapshot tells without an event.
    if (roster && known) this.#obey(known, undefined, roster);
    this.#refresh();
  }

  #onEvent(event: RoomEvent, before: Roster): void {
    const own = this.#connection?.joined.pid;
    switch (event.type) {
      case 'ended':
        return this.events.over({ name: 'ended', reason: event.reason });
      case 'left':
        // The node lost sight of this page, which is still here.
        if (event.pid === own) return this.events.lost();
        break;
      case 'joined':
        if (this.#awaitsName(event.person, before)) return;
        break;
      case 'chat':
        this.#conversation.wrote(event.pid, event);
        break;
      case 'media':
        if (event.pid === own) this.#obey(event.media, event.by, before);
        break;
    }
    const notice = noticeOf(event, before, own, (person) => this.#nameOf(person));
    if (notice) this.events.notice(notice);
  }

  /** Switches off what a moderator did; nothing is ever switched on for somebody. */
  #obey(media: Publishing, by: Pid | undefined, { people }: Roster): void {
    const sources = this.sending.hush(this.#supervision.hear(media, by));
    const who = by === undefined ? undefined : people.get(by);
    const name = who ? this.#nameOf(who) : '';
    if (sources.length > 0) this.events.notice({ type: 'silenced', name, sources });
  }

  #onDeclined(declined: Declined): void {
    const connection = this.#connection;
    if (connection && declined.what === 'media') {
      const { allowed } = this.#self(connection);
      this.sending.hush(SOURCES.filter((kind) => !allowed[kind]));
    }
    this.events.notice({ type: 'declined', ...declined });
  }

  #onBackstage(backstage: Backstage): void {
    const news = this.#backstage.take(backstage);
    this.#refresh();
    if (!this.store.getState().self?.allowed.moderate) return;
    for (const waiter of news) this.events.notice({ type: 'waiting', pid: waiter.pid, name: this.#nameOf(waiter) });
  }

  #onBusUp(): void {
    this.view.tell();
    if (!this.secrecy.isOn) return;
    clearInterval(this.#helloing);
    this.#helloing = setInterval(() => this.#sayHello(), HELLO_MILLIS);
    this.#sayHello();
  }

  #sayHello(): void {
    this.secrecy
      .hello(this.name())
      .then((hello) => this.publish('hello', { hello }))
      .catch((error: unknown) => console.warn('conclave: no hello could be made', error));
  }

  /** Takes the hellos that are new, of people in the room, hidden, or before its door. */
  #hear(people: Iterable<{ readonly pid: Pid; readonly hello?: string }>, own: Pid): void {
    if (!this.secrecy.isOn) return;
    const there = new Set<Pid>();
    for (const { pid, hello } of people) {
      there.add(pid);
      if (hello === undefined || pid === own || this.#hellos.get(pid) === hello) continue;
      this.#hellos.set(pid, hello);
      this.secrecy.hear(pid, hello).catch(() => undefined);
    }
    for (const pid of this.#hellos.keys()) {
      if (there.has(pid)) continue;
      this.#hellos.delete(pid);
      this.secrecy.gone(pid);
    }
  }

  /** True where the word that this person came has to wait for their name. */
  #awaitsName({ pid }: Pick<Person, 'pid'>, before: Roster): boolean {
    const own = this.#connection?.joined.pid;
    if (!this.secrecy.isOn || pid === own || before.people.has(pid) || this.secrecy.nameOf(pid) !== undefined) return false;
    clearTimeout(this.#nameless.get(pid));
    this.#nameless.set(pid, setTimeout(() => this.#came(pid), NAME_MILLIS));
    return true;
  }

  #came(pid: Pid): void {
    clearTimeout(this.#nameless.get(pid));
    this.#nameless.delete(pid);
    const person = this.#connection?.roster.people.get(pid);
    if (person) this.events.notice({ type: 'joined', name: this.#nameOf(person) });
  }

  #nameOf({ pid, name }: Pick<Person, 'pid' | 'name'>): string {
    return this.secrecy.nameOf(pid) ?? name;
  }

  #tellMedia(): void {
    if (!this.isHeard) return;
    const { publishing } = this.media;
    this.#supervision.say(publishing);
    this.publish('media', publishing);
  }

  #refresh(): void {
    const connection = this.#connection;
    if (!connection) return;
    const self = this.#self(connection);
    if (!self.allowed.moderate) this.#backstage.clear();
    const { waiting, hidden } = this.#backstage.behind;
    this.#hear([...connection.roster.people.values(), ...waiting, ...hidden], self.pid);
    this.secrecy.assign(connection.peer.id, connection.slots.held);
    const { people: before } = this.store.getState();
    const people = participants(connection, self, this.media.publishing, before, this.#handover, this.secrecy);
    const named = <P extends Pick<Person, 'pid' | 'name'>>(person: P): P => ({ ...person, name: this.#nameOf(person) });
    const nobody = waiting.length + hidden.length === 0;
    const behind = nobody ? this.#backstage.behind : { waiting: waiting.map(named), hidden: hidden.map(named) };
    this.#conversation.learn([...people, ...behind.hidden]);
    this.store.set({
      self,
      people,
      rules: rulesOf(connection),
      audio: connection.slots.audio,
      backstage: behind,
      endsAt: connection.endsAt,
      busUp: connection.busIsUp,
    });
  }

  /** Who this person is and what it may do; the same object while nothing of it changes. */
  #self(connection: Connection): Self {
    const { pid, features } = connection.joined;
    // Servers need not know it.
    const name = this.secrecy.isOn ? this.name() : connection.joined.name;
    const { people, epoch } = connection.roster;
    const role = people.get(pid)?.role ?? this.#role;
    this.#seen ||= people.has(pid);
    // Before the first whole snapshot nobody is in the roster.
    const hidden = !this.#seen && epoch > 0;
    const whyNot = reasons(features, rulesOf(connection), role, hidden);
    const { self } = this.store.getState();
    const same = self?.pid === pid && self.role === role && sameReasons(self.whyNot, whyNot);
    return same ? self : { pid, name, role, allowed: allowedBy(whyNot), whyNot };
  }

  #let(connection: Connection): void {
    this.sending.detach(connection.peer);
    this.secrecy.forget(connection.peer.id);
    void connection.close();
  }
}

/** Before the first whole snapshot its first page has them already. */
function rulesOf({ roster, joined }: Connection): Rules {
  return roster.rules ?? joined.snapshot.rules;
}
