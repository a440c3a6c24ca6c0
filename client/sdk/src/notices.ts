/** What a person may like to be told; not part of the state, for it passes. */
import type { Asked, LeftReason, Person, Pid, RoomEvent, RoomRole, Rules, SourceKind, Why } from './protocol.js';
import type { Roster } from './roster.js';
import type { ChatEntry } from './talk.js';

export type Notice =
  | { readonly type: 'joined'; readonly name: string }
  | { readonly type: 'left'; readonly name: string; readonly reason: LeftReason }
  | { readonly type: 'sharing'; readonly name: string }
  | { readonly type: 'hand'; readonly pid: Pid; readonly name: string }
  /** One's own role changed. */
  | { readonly type: 'role'; readonly role: RoomRole }
  | { readonly type: 'rules'; readonly rules: Rules; readonly before: Rules }
  /** Somebody else wrote. */
  | { readonly type: 'chat'; readonly entry: ChatEntry }
  /** A moderator switched one's own sources off; `name` is empty where nobody is named. */
  | { readonly type: 'silenced'; readonly name: string; readonly sources: readonly SourceKind[] }
  /** Somebody began to record on their own device, or stopped. */
  | { readonly type: 'recording'; readonly name: string; readonly on: boolean }
  /** What was asked for was not done. */
  | { readonly type: 'declined'; readonly what: Asked; readonly why: Why }
  /** Somebody new waits before the door. */
  | { readonly type: 'waiting'; readonly pid: Pid; readonly name: string };

/** The notice of an event, given the roster before it; none of what one did oneself. */
export function noticeOf(
  event: RoomEvent,
  before: Roster,
  self: Pid | undefined,
  nameOf: (person: Person) => string = ({ name }) => name,
): Notice | null {
  const known = (pid: Pid): Person | undefined => {
    const person = before.people.get(pid);
    return person && { ...person, name: nameOf(person) };
  };
  switch (event.type) {
    case 'joined': {
      const { pid } = event.person;
      return pid === self || known(pid) ? null : { type: 'joined', name: nameOf(event.person) };
    }
    case 'left': {
      const name = known(event.pid)?.name;
      return name === undefined || event.pid === self ? null : { type: 'left', name, reason: event.reason };
    }
    case 'media': {
      const person = known(event.pid);
      const begins = person && !person.media.screen && event.media.screen;
      return begins && event.pid !== self ? { type: 'sharing', name: person.name } : null;
    }
    case 'hand': {
      const { pid, hand } = event;
      const name = known(pid)?.name;
      return name === undefined || hand === null || pid === self ? null : { type: 'hand', pid, name };
    }
    case 'role':
      return event.pid === self ? { type: 'role', role: event.role } : null;
    case 'rules':
      return before.rules ? { type: 'rules', rules: event.rules, before: before.rules } : null;
    case 'recording': {
      const name = known(event.pid)?.name;
      return name === undefined || event.pid === self ? null : { type: 'recording', name, on: event.on };
    }
    case 'chat':
    case 'hello':
    case 'ended':
      return null;
  }
}
