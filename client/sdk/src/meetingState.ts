/** What a meeting looks like to whoever draws it. */
import type { Behind } from './backstage.js';
import type { Connection } from './connection.js';
import type { ConclaveError } from './errors.js';
import type { Handover } from './handover.js';
import type {
  EndReason,
  Features,
  Person,
  Pid,
  Publishing,
  RemovedHow,
  RoomRole,
  Rules,
} from './protocol.js';
import type { ShownReaction } from './reactions.js';
import type { Secrecy } from './e2ee/secrecy.js';
import type { Allowed, Reasons } from './rights.js';
import type { Security, Transfer } from './security.js';
import type { PersonMedia } from './slots.js';
import type { ChatEntry } from './talk.js';

export type Phase =
  /** Before the first join: the lobby. */
  | { readonly name: 'idle' }
  /** The first answer is awaited. */
  | { readonly name: 'joining'; readonly returning: boolean }
  /** Before the door, until a moderator decides; they see this name. */
  | { readonly name: 'waiting'; readonly as: string }
  | { readonly name: 'connected' }
  /** In the room as far as anybody knows; the connection is being mended. */
  | { readonly name: 'reconnecting'; readonly attempt: number; readonly problem: ConclaveError | null }
  /** Another tab or window of this person took over. */
  | { readonly name: 'displaced' }
  | { readonly name: 'left' }
  /** Taken out by a moderator, not let in, or cut off for flooding the room. */
  | { readonly name: 'removed'; readonly how: Exclude<RemovedHow, 'ended'> }
  /** `reason` is null where it is not known: the room was over already. */
  | { readonly name: 'ended'; readonly reason: EndReason | null }
  /** `problem.problem` says why: 'full', 'credential', 'blocked' and so on. */
  | { readonly name: 'failed'; readonly problem: ConclaveError };

/** How a stay or a wait is over for somebody whom the owner took out. */
export function outcomeOf(how: RemovedHow): Phase {
  return how === 'ended' ? { name: 'ended', reason: null } : { name: 'removed', how };
}

export interface Participant extends Omit<Person, 'recording'> {
  /** True where this person records on its own device. */
  readonly recording: boolean;
  readonly self: boolean;
  readonly speaking: boolean;
  /** True where this person holds the same key, and always in a room that is not encrypted. */
  readonly trusted: boolean;
  /** What is received of this person now; never of oneself. */
  readonly streams: PersonMedia;
}

export interface Self {
  readonly pid: Pid;
  readonly name: string;
  readonly role: RoomRole;
  /** What this person may do now. */
  readonly allowed: Allowed;
  /** For each right why it is not given, or null. */
  readonly whyNot: Reasons;
}

export interface MeetingState {
  readonly phase: Phase;
  readonly title: string;
  readonly self: Self | null;
  /** Everyone in the order of coming, oneself included. */
  readonly people: readonly Participant[];
  /** Streams to play, always all of them; who is heard in them changes by itself. */
  readonly audio: readonly MediaStream[];
  /** What the room is made for; null before the first join. */
  readonly features: Features | null;
  /** What moderators have set. */
  readonly rules: Rules | null;
  /** What was written, the last of it; kept while this page is open. */
  readonly chat: readonly ChatEntry[];
  /** Who waits and who is hidden; empty for who does not moderate. */
  readonly backstage: Behind;
  readonly reactions: readonly ShownReaction[];
  /** When the room's time is up, in milliseconds since 1970 by this device's clock; null: no bound. */
  readonly endsAt: number | null;
  readonly security: Security;
  /** This person's recording on this device. */
  readonly recording: 'off' | 'starting' | 'on' | 'stopping';
  /** Files that this person fetches, by their ids. */
  readonly transfers: ReadonlyMap<string, Transfer>;
  /** False while events do not arrive, though media may. */
  readonly busUp: boolean;
}

export const IDLE: MeetingState = {
  phase: { name: 'idle' },
  title: '',
  self: null,
  people: [],
  features: null,
  rules: null,
  chat: [],
  backstage: { waiting: [], hidden: [] },
  reactions: [],
  endsAt: null,
  audio: [],
  security: { mode: 'unknown' },
  recording: 'off',
  transfers: new Map(),
  busUp: false,
};

const NO_STREAMS: PersonMedia = {};

/** The people of a connection as participants; unchanged ones stay the same objects. */
export function participants(
  connection: Connection,
  self: Self,
  media: Publishing,
  before: readonly Participant[],
  handover: Handover,
  secrecy: Pick<Secrecy, 'nameOf' | 'isTrusted' | 'isOn'>,
): Participant[] {
  const { roster, speaking, joined } = connection;
  const people = [...roster.people.values()];
  if (!roster.people.has(joined.pid)) people.push({ pid: self.pid, name: self.name, role: self.role, media });
  return people.map((person) => {
    const isSelf = person.pid === self.pid;
    const next: Participant = {
      ...person,
      // One's own buttons must not wait for the owner's word.
      media: isSelf ? media : person.media,
      name: isSelf ? self.name : (secrecy.nameOf(person.pid) ?? person.name),
      recording: person.recording ?? false,
      trusted: isSelf || !secrecy.isOn || secrecy.isTrusted(person.pid),
      self: isSelf,
      speaking: speaking.has(person.pid),
      streams: handover.streams(connection, person.pid) ?? NO_STREAMS,
    };
    const known = before.find(({ pid }) => pid === person.pid);
    return known && same(known, next) ? known : next;
  });
}

function same(a: Participant, b: Participant): boolean {
  return (
    a.name === b.name &&
    a.role === b.role &&
    a.hand === b.hand &&
    a.trusted === b.trusted &&
    a.recording === b.recording &&
    a.self === b.self &&
    a.speaking === b.speaking &&
    a.media.microphone === b.media.microphone &&
    a.media.camera === b.media.camera &&
    a.media.screen === b.media.screen &&
    a.streams.camera === b.streams.camera &&
    a.streams.screen === b.streams.screen &&
    a.streams.microphone === b.streams.microphone
  );
}
