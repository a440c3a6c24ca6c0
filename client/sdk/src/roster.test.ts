import { describe, expect, it } from 'vitest';
import type { Person, RoomEvent, Rules, Sequenced, Snapshot } from './protocol.js';
import { EMPTY_ROSTER, position, reduceRoster, type Roster } from './roster.js';

const person = (pid: string): Person => ({
  pid,
  name: pid.toUpperCase(),
  role: 'participant',
  media: { microphone: true, camera: true, screen: false },
});
const rules = (waiting_room: boolean): Rules => ({
  locks: { microphone: false, camera: false, screen: false, chat: false, private_chat: false, reactions: false, files: false },
  waiting_room,
});
const joined = (pid: string): RoomEvent => ({ type: 'joined', person: person(pid) });
const left = (pid: string): RoomEvent => ({ type: 'left', pid, reason: 'left' });
const at = (seq: number, event: RoomEvent, epoch = 1): Sequenced => ({ epoch, seq, event });
const page = (seq: number, pids: string[], change: Partial<Snapshot> = {}): Snapshot => ({
  epoch: 1,
  seq,
  page: 0,
  pages: 1,
  people: pids.map(person),
  rules: rules(false),
  encryption: { mode: 'off' },
  ...change,
});

const snapshot = (roster: Roster, value: Snapshot) =>
  reduceRoster(roster, { kind: 'snapshot', snapshot: value }).roster;
const events = (roster: Roster, ...values: Sequenced[]) =>
  reduceRoster(roster, { kind: 'events', events: values }).roster;
const beat = (roster: Roster, seq: number, epoch = 1) =>
  reduceRoster(roster, { kind: 'beat', beat: { epoch, seq } }).roster;
const pids = (roster: Roster) => [...roster.people.keys()];

const three = snapshot(EMPTY_ROSTER, page(3, ['a', 'b', 'c']));

describe('snapshots', () => {
  it('one page is the roster', () => {
    expect(pids(three)).toEqual(['a', 'b', 'c']);
    expect(three.behind).toBe(false);
    expect(position(three)).toEqual({ epoch: 1, seq: 3 });
  });

  it('pages count once all are there, in any order, each once', () => {
    const second = page(9, ['c'], { page: 1, pages: 3 });
    let roster = snapshot(EMPTY_ROSTER, page(9, ['a', 'b'], { pages: 3 }));
    roster = snapshot(roster, page(9, ['d'], { page: 2, pages: 3 }));
    roster = snapshot(roster, page(9, ['d'], { page: 2, pages: 3 }));
    expect(roster.behind).toBe(true);
    expect(pids(roster)).toEqual([]);
    roster = snapshot(roster, second);
    expect(roster.behind).toBe(false);
    expect(pids(roster)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('pages of different moments do not mix', () => {
    let roster = snapshot(EMPTY_ROSTER, page(9, ['a'], { pages: 2 }));
    roster = snapshot(roster, page(10, ['b'], { page: 1, pages: 2 }));
    expect(roster.behind).toBe(true);
    roster = snapshot(roster, page(10, ['a'], { pages: 2 }));
    expect(pids(roster)).toEqual(['a', 'b']);
  });

  it('an older one changes nothing', () => {
    expect(snapshot(three, page(2, ['a']))).toBe(three);
    expect(snapshot(three, page(99, ['z'], { epoch: 0 }))).toBe(three);
  });

  it('events that came before it are applied after it', () => {
    const early = events(EMPTY_ROSTER, at(4, joined('d')), at(3, left('a')));
    expect(pids(snapshot(early, page(3, ['a', 'b', 'c'])))).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('events', () => {
  it('apply in order and are announced', () => {
    const step = reduceRoster(three, { kind: 'events', events: [at(4, joined('d')), at(5, left('a'))] });
    expect(pids(step.roster)).toEqual(['b', 'c', 'd']);
    expect(step.applied.map(({ type }) => type)).toEqual(['joined', 'left']);
  });

  it('a duplicate changes nothing and is not announced', () => {
    const once = events(three, at(4, left('a')));
    const step = reduceRoster(once, { kind: 'events', events: [at(4, left('a')), at(2, left('b'))] });
    expect(pids(step.roster)).toEqual(['b', 'c']);
    expect(step.applied).toEqual([]);
  });

  it('wait behind a gap, and follow when it is filled', () => {
    let roster = events(three, at(6, left('c')));
    expect(roster.behind).toBe(true);
    expect(pids(roster)).toEqual(['a', 'b', 'c']);
    roster = events(roster, at(4, left('a')), at(5, left('b')));
    expect(pids(roster)).toEqual([]);
    expect(roster).toMatchObject({ behind: false, seq: 6 });
  });

  it('arrive in any order', () => {
    const roster = events(three, at(6, left('c')), at(5, joined('e')), at(4, left('a')));
    expect(pids(roster)).toEqual(['b', 'e']);
    expect(roster.behind).toBe(false);
  });

  it('of a lower epoch are dropped; of a higher one a snapshot is asked for', () => {
    const second = snapshot(EMPTY_ROSTER, page(7, ['a'], { epoch: 2 }));
    expect(events(second, at(8, left('a'), 1)).people).toBe(second.people);
    const moved = events(second, at(1, left('a'), 3));
    expect(moved.behind).toBe(true);
    expect(pids(moved)).toEqual(['a']);
    const after = snapshot(moved, page(1, [], { epoch: 3 }));
    expect(after).toMatchObject({ epoch: 3, seq: 1, behind: false });
  });

  it('the end empties the room', () => {
    const roster = events(three, at(4, { type: 'ended', reason: 'moderator' }));
    expect(roster.ended).toBe(true);
    expect(pids(roster)).toEqual([]);
  });

  it('change hands, roles and rules', () => {
    const roster = events(
      three,
      at(4, { type: 'hand', pid: 'a', hand: 7 }),
      at(5, { type: 'hand', pid: 'b', hand: 8 }),
      at(6, { type: 'hand', pid: 'a', hand: null }),
      at(7, { type: 'role', pid: 'c', role: 'moderator' }),
      at(8, { type: 'rules', rules: rules(true) }),
      at(9, { type: 'chat', pid: 'a', text: 'hello' }),
    );
    expect(roster.people.get('a')).toEqual(person('a'));
    expect(roster.people.get('b')?.hand).toBe(8);
    expect(roster.people.get('c')?.role).toBe('moderator');
    expect(roster.rules?.waiting_room).toBe(true);
  });

  it('a flood of early ones is bounded', () => {
    const flood = Array.from({ length: 5_000 }, (_, i) => at(i + 10, left('a')));
    expect(events(three, ...flood).early.size).toBeLessThanOrEqual(512);
  });
});

describe('beats', () => {
  it('tell of what was missed, and nothing else', () => {
    expect(beat(three, 3)).toBe(three);
    expect(beat(three, 2)).toBe(three);
    expect(beat(three, 9, 0)).toBe(three);
    expect(beat(three, 4).behind).toBe(true);
    expect(beat(three, 1, 2).behind).toBe(true);
  });

  it('being behind ends with the missed events', () => {
    expect(events(beat(three, 4), at(4, left('a'))).behind).toBe(false);
  });
});

it('every order of the same events leads to the same roster', () => {
  const all = [at(4, joined('d')), at(5, left('a')), at(6, joined('e')), at(7, left('d'))];
  for (const order of permutations(all)) {
    let roster = three;
    for (const event of order) roster = events(roster, event, event);
    expect(pids(roster)).toEqual(['b', 'c', 'e']);
    expect(roster).toMatchObject({ seq: 7, behind: false });
  }
});

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
