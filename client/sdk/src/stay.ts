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
import { ConclaveError } from './errors.js';
import { Handover } from './handover.js';
import type { LocalMedia } from './localMedia.js';
import { Introductions } from './introductions.js';
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
import type { Peer } from './offer.js';
import { OwnRecording } from './ownRecording.js';
import type { Roster } from './roster.js';
import type { Sending } from './sending.js';
import { Sharing } from './sharing.js';
import type { Store } from './store.js';
import type { ChatEntry } from './talk.js';
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
  /** Something was written, by whomever. */
  written(entry: ChatEntry): void;
  /** It is over, in this way. */
  over(phase: Phase): void;
}

/** How often it is looked whether a browser sends what nobody has sealed, in milliseconds. */
const CHECK_MILLIS = 500;

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
  readonly #introductions: Introductions;
  #checking: ReturnType<typeof setInterval> | undefined;
  readonly sharing: Sharing;
  readonly recording: OwnRecording;

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
      written: (entry) => this.#onWritten(entry),
    });
    this.sharing = new Sharing(secrecy, {
      transfers: (transfers) => this.store.set({ transfers }),
      written: () => (this.#connection?.joined.features.shared_history ? this.#conversation.entries : null),
      told: (entries) => this.#conversation.before(entries),
    });
    this.recording = new OwnRecording(store, media, (on) => {
      this.publish('recording', { on });
      return this.isHeard;
    });
    this.#introductions = new Introductions(secrecy, name, {
      publish: (hello) => this.publish('hello', { hello }),
      came: (pid) => this.#came(pid),
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
      .seal('chat', CHAT_KIND, to, toBytes(written, Date.now()))
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
    this.#watchSealing(peer, joined.pid);
    this.sharing.use(peer, joined.pid);
    this.store.set({ title: joined.title, features: joined.features });
    this.sending.obey(this.#self(connection).allowed, joined.media, asked);
    this.#refresh();
    return connection.start();
  }

  /** What this device kept of the room. */
  remember(entries: readonly ChatEntry[]): void {
    if (entries.length > 0) this.#conversation.before(entries);
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
    this.#introductions.end();
    clearInterval(this.#checking);
    this.sharing.presence(new Set());
    void this.recording.stop().catch(() => undefined);
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
    this.#introductions.look();
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
      caughtUp: current(() => this.#onCaughtUp()),
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
        if (this.#isNews(event.person, before) && this.#introductions.awaits(event.person.pid)) return;
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
    if (declined.what === 'recording') void this.recording.stop().catch(() => undefined);
    this.events.notice({ type: 'declined', ...declined });
  }

  #onBackstage(backstage: Backstage): void {
    const news = this.#backstage.take(backstage);
    this.#refresh();
    if (!this.store.getState().self?.allowed.moderate) return;
    for (const { pid } of news) if (!this.#introductions.awaits(pid)) this.#came(pid);
  }

  #onBusUp(): void {
    this.view.tell();
    this.#introductions.start();
  }

  #isNews({ pid }: Pick<Person, 'pid'>, before: Roster): boolean {
    return pid !== this.#connection?.joined.pid && !before.people.has(pid);
  }

  #came(pid: Pid): void {
    const person = this.#connection?.roster.people.get(pid);
    if (person) return this.events.notice({ type: 'joined', name: this.#nameOf(person) });
    const waiter = this.#backstage.behind.waiting.find((each) => each.pid === pid);
    if (waiter) this.events.notice({ type: 'waiting', pid, name: this.#nameOf(waiter) });
  }

  #nameOf({ pid, name }: Pick<Person, 'pid' | 'name'>): string {
    return this.secrecy.nameOf(pid) ?? name;
  }

  /** Begins to seal, and looks again and again whether everything that leaves this device was sealed. */
  #watchSealing(peer: Peer, pid: Pid): void {
    const failed = (error: unknown) => this.events.over({ name: 'failed', problem: ConclaveError.from(error) });
    this.secrecy.begin(peer, pid).catch(failed);
    clearInterval(this.#checking);
    let looking = false;
    const look = async () => {
      if (looking) return;
      looking = true;
      await this.secrecy.check(peer).catch(failed);
      looking = false;
    };
    this.#checking = setInterval(() => void look(), CHECK_MILLIS);
  }

  #onWritten(entry: ChatEntry): void {
    if (entry.file && !entry.own) this.sharing.learn(entry.from, entry.file);
    this.events.written(entry);
  }

  #onCaughtUp(): void {
    this.#tellMedia();
    // A new connection is somebody who does not record until it says so.
    if (this.recording.isOn) this.publish('recording', { on: true });
    const { joined, roster } = this.#connection ?? {};
    if (!joined?.features.shared_history) return;
    const others = [...(roster?.people.keys() ?? [])].filter((pid) => pid !== joined.pid);
    const asked = others.filter((pid) => !this.secrecy.isOn || this.secrecy.isTrusted(pid));
    void this.sharing.askHistory(asked);
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
    this.#introductions.hear([...connection.roster.people.values(), ...waiting, ...hidden], self.pid);
    this.secrecy.assign(connection.peer, connection.slots.held);
    this.sharing.presence(new Set(connection.roster.people.keys()));
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
    this.secrecy.forget(connection.peer);
    void connection.close();
  }
}

/** Before the first whole snapshot its first page has them already. */
function rulesOf({ roster, joined }: Connection): Rules {
  return roster.rules ?? joined.snapshot.rules;
}
