/** What a meeting looks like to whoever draws it. */
import type { Connection } from './connection.js';
import type { ConclaveError } from './errors.js';
import type { Handover } from './handover.js';
import type { Person, Pid, Publishing, RoomRole } from './protocol.js';
import type { PersonMedia } from './slots.js';

export type Phase =
  /** Before the first join: the lobby. */
  | { readonly name: 'idle' }
  /** The first answer is awaited. */
  | { readonly name: 'joining'; readonly returning: boolean }
  | { readonly name: 'connected' }
  /** In the room as far as anybody knows; the connection is being mended. */
  | { readonly name: 'reconnecting'; readonly attempt: number; readonly problem: ConclaveError | null }
  /** Another tab or window of this person took over. */
  | { readonly name: 'displaced' }
  | { readonly name: 'left' }
  | { readonly name: 'ended' }
  /** `problem.problem` says why: 'full', 'credential', 'clock' and so on. */
  | { readonly name: 'failed'; readonly problem: ConclaveError };

export interface Participant extends Person {
  readonly self: boolean;
  readonly speaking: boolean;
  /** What is received of this person now; never of oneself. */
  readonly streams: PersonMedia;
}

export interface Self {
  readonly pid: Pid;
  readonly name: string;
  readonly role: RoomRole;
  /** What the room lets this person switch on. */
  readonly allowed: Publishing;
}

export interface MeetingState {
  readonly phase: Phase;
  readonly title: string;
  readonly self: Self | null;
  /** Everyone in the order of coming, oneself included. */
  readonly people: readonly Participant[];
  /** Streams to play, always all of them; who is heard in them changes by itself. */
  readonly audio: readonly MediaStream[];
  /** False while events do not arrive, though media may. */
  readonly busUp: boolean;
}

export const IDLE: MeetingState = {
  phase: { name: 'idle' },
  title: '',
  self: null,
  people: [],
  audio: [],
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
): Participant[] {
  const { roster, speaking, joined } = connection;
  const people = [...roster.people.values()];
  if (!roster.people.has(joined.pid)) people.push({ ...self, media });
  return people.map((person) => {
    const isSelf = person.pid === self.pid;
    const next: Participant = {
      ...person,
      // One's own buttons must not wait for the owner's word.
      media: isSelf ? media : person.media,
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
