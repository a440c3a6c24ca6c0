/** What a person may like to be told; not part of the state, for it passes. */
import type { LeftReason, Pid, RoomEvent } from './protocol.js';
import type { Roster } from './roster.js';

export type Notice =
  | { readonly type: 'joined'; readonly name: string }
  | { readonly type: 'left'; readonly name: string; readonly reason: LeftReason }
  | { readonly type: 'sharing'; readonly name: string };

/** The notice of an event, given the roster before it; none of what one did oneself. */
export function noticeOf(event: RoomEvent, before: Roster, self: Pid | undefined): Notice | null {
  switch (event.type) {
    case 'joined': {
      const { pid, name } = event.person;
      return pid === self || before.people.has(pid) ? null : { type: 'joined', name };
    }
    case 'left': {
      const name = before.people.get(event.pid)?.name;
      return name === undefined || event.pid === self ? null : { type: 'left', name, reason: event.reason };
    }
    case 'media': {
      const person = before.people.get(event.pid);
      const begins = person && !person.media.screen && event.media.screen;
      return begins && event.pid !== self ? { type: 'sharing', name: person.name } : null;
    }
    case 'ended':
      return null;
  }
}
