/**
 * Who is in the room, as a pure function of what the owner says. Events have a place (epoch, seq):
 * a missing one is noticed, and until it has come the later ones wait.
 */
import type { Beat, Person, Pid, RoomEvent, Rules, Sequenced, Snapshot } from './protocol.js';

export interface Roster {
  readonly epoch: number;
  /** The last event that `people` contains. */
  readonly seq: number;
  readonly people: ReadonlyMap<Pid, Person>;
  /** Null before the first snapshot. */
  readonly rules: Rules | null;
  readonly ended: boolean;
  /** True where something is missing and the owner has to be asked. */
  readonly behind: boolean;
  /** Events whose predecessors are missing, by seq. */
  readonly early: ReadonlyMap<number, Sequenced>;
  /** Pages of one snapshot that is not complete yet. */
  readonly pages: readonly Snapshot[];
}

export type RosterInput =
  | { kind: 'snapshot'; snapshot: Snapshot }
  | { kind: 'events'; events: readonly Sequenced[] }
  | { kind: 'beat'; beat: Beat };

export interface RosterStep {
  roster: Roster;
  /** The events that took effect, in order: what may be announced. Snapshots announce nothing. */
  applied: RoomEvent[];
}

/** Early events that are kept; beyond it a snapshot is cheaper. */
const MOST_EARLY = 512;

export const EMPTY_ROSTER: Roster = {
  epoch: 0,
  seq: 0,
  people: new Map(),
  rules: null,
  ended: false,
  behind: true,
  early: new Map(),
  pages: [],
};

/** What to tell the owner that has been seen: nothing at all before the first whole snapshot. */
export function position(roster: Roster): { epoch: number; seq: number } {
  return { epoch: roster.epoch, seq: roster.seq };
}

export function reduceRoster(roster: Roster, input: RosterInput): RosterStep {
  switch (input.kind) {
    case 'snapshot':
      return takePage(roster, input.snapshot);
    case 'events':
      return takeEvents(roster, input.events);
    case 'beat':
      return { roster: takeBeat(roster, input.beat), applied: [] };
  }
}

function takeBeat(roster: Roster, { epoch, seq }: Beat): Roster {
  const missed = epoch > roster.epoch || (epoch === roster.epoch && seq > roster.seq);
  return missed && !roster.behind ? { ...roster, behind: true } : roster;
}

function takePage(roster: Roster, page: Snapshot): RosterStep {
  if (isOlder(page, roster)) return { roster, applied: [] };
  const together = roster.pages.filter(
    (p) => p.epoch === page.epoch && p.seq === page.seq && p.pages === page.pages && p.page !== page.page,
  );
  const pages = [...together, page];
  if (pages.length < page.pages) return { roster: { ...roster, pages, behind: true }, applied: [] };
  pages.sort((a, b) => a.page - b.page);
  const people = new Map(pages.flatMap((p) => p.people).map((person) => [person.pid, person]));
  const whole: Roster = {
    ...EMPTY_ROSTER,
    epoch: page.epoch,
    seq: page.seq,
    people,
    rules: page.rules,
    behind: false,
    early: page.epoch === roster.epoch || roster.epoch === 0 ? roster.early : new Map(),
  };
  return takeEvents(whole, []);
}

function isOlder(page: Snapshot, roster: Roster): boolean {
  return page.epoch < roster.epoch || (page.epoch === roster.epoch && page.seq < roster.seq);
}

function takeEvents(roster: Roster, events: readonly Sequenced[]): RosterStep {
  let { seq, ended, rules } = roster;
  let behind = roster.behind;
  let people: Map<Pid, Person> | undefined;
  const early = new Map(roster.early);
  const applied: RoomEvent[] = [];
  for (const event of events) {
    if (event.epoch > roster.epoch && roster.epoch !== 0) {
      // Another owner: its numbers say nothing about ours; only its snapshot does.
      behind = true;
    } else if (event.epoch >= roster.epoch && event.seq > seq && early.size < MOST_EARLY) {
      early.set(event.seq, event);
    }
  }
  // Before the first snapshot nothing has a place: events only wait.
  for (const known of roster.epoch === 0 ? [] : [...early.keys()].sort((a, b) => a - b)) {
    const next = early.get(known);
    if (known > seq + 1) break;
    early.delete(known);
    if (!next || known <= seq || next.epoch !== roster.epoch) continue;
    seq = known;
    people ??= new Map(roster.people);
    apply(people, next.event);
    ended ||= next.event.type === 'ended';
    if (next.event.type === 'rules') rules = next.event.rules;
    applied.push(next.event);
  }
  const caughtUp = applied.length > 0 && early.size === 0;
  behind = early.size > 0 || (behind && !caughtUp);
  return {
    roster: { ...roster, seq, ended, rules, behind, early, people: people ?? roster.people },
    applied,
  };
}

function apply(people: Map<Pid, Person>, event: RoomEvent): void {
  const change = (pid: Pid, change: (person: Person) => Person) => {
    const person = people.get(pid);
    if (person) people.set(pid, change(person));
  };
  switch (event.type) {
    case 'joined':
      people.set(event.person.pid, event.person);
      break;
    case 'left':
      people.delete(event.pid);
      break;
    case 'media':
      change(event.pid, (person) => ({ ...person, media: event.media }));
      break;
    case 'hand':
      change(event.pid, ({ hand: _, ...person }) => (event.hand === null ? person : { ...person, hand: event.hand }));
      break;
    case 'role':
      change(event.pid, (person) => ({ ...person, role: event.role }));
      break;
    case 'hello':
      change(event.pid, (person) => ({ ...person, hello: event.hello }));
      break;
    case 'recording':
      change(event.pid, (person) => ({ ...person, recording: event.on }));
      break;
    case 'ended':
      people.clear();
      break;
    case 'rules':
    case 'chat':
      break;
  }
}
