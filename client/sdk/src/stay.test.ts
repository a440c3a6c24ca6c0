import { beforeEach, expect, it, vi } from 'vitest';
import type { Connection, ConnectionEvents } from './connection.js';
import type { Entered } from './entrance.js';
import type { LocalMedia } from './localMedia.js';
import { IDLE, type MeetingState } from './meetingState.js';
import type { Notice } from './notices.js';
import type { Features, JoinedRoom, Locks, Person, Publishing, Rules, SourceKind } from './protocol.js';
import type { Roster } from './roster.js';
import type { Sending } from './sending.js';
import { Stay } from './stay.js';
import { plainRoom } from './e2ee/plainRoom.testing.js';
import { Store } from './store.js';

let connection: { events: ConnectionEvents; roster: Pick<Roster, 'epoch' | 'people' | 'rules'> };
const published = vi.fn();
vi.mock('./connection.js', () => ({
  Connection: class {
    readonly busIsUp = true;
    readonly endsAt = null;
    readonly speaking = new Set();
    readonly slots = { audio: [], media: new Map(), held: [] };
    readonly publish = published;
    readonly start = async () => undefined;
    readonly close = async () => undefined;
    roster: Pick<Roster, 'epoch' | 'people' | 'rules'> = { epoch: 0, people: new Map(), rules: null };
    constructor(
      readonly joined: JoinedRoom,
      readonly peer: unknown,
      _key: unknown,
      _mailbox: unknown,
      _renew: unknown,
      readonly events: ConnectionEvents,
    ) {
      connection = this;
    }
  },
}));

beforeEach(() => published.mockClear());

const ON: Publishing = { microphone: true, camera: true, screen: false };
const NONE: Locks = { microphone: false, camera: false, screen: false, chat: false, private_chat: false, reactions: false, files: false };
const OPEN: Rules = { locks: NONE, waiting_room: false };
const FEATURES: Features = {
  cameras: true,
  moderator_only_cameras: false,
  screens: true,
  chat: true,
  hands: true,
  reactions: true,
  files: true,
  shared_history: false,
  local_recording: true,
};
const person = (pid: string, change: Partial<Person> = {}): Person => ({
  pid,
  name: pid.toUpperCase(),
  role: 'participant',
  media: ON,
  ...change,
});

/** Somebody in a room with a host, whose microphone and camera are on. */
function setting(change: Partial<Person> = {}, inRoster = true) {
  const store = new Store<MeetingState>(IDLE);
  const media = { publishing: ON };
  const hush = vi.fn((kinds: readonly SourceKind[]) => kinds.filter((kind) => media.publishing[kind]));
  const sending = { obey: vi.fn(), hush, detach: vi.fn() };
  const notices: Notice[] = [];
  const events = { notice: (notice: Notice) => notices.push(notice), shaky: vi.fn(), steady: vi.fn(), lost: vi.fn(), written: vi.fn(), over: vi.fn() };
  const stay = new Stay(store, media as unknown as LocalMedia, sending as unknown as Sending, plainRoom(), () => 'Me', events);
  const self = person('me', change);
  const joined = { ...self, title: 'Board', features: FEATURES, media: ON, snapshot: { rules: OPEN } };
  const entered = { joined, prepared: { peer: { relay: {} }, key: {} }, asked: ON } as unknown as Entered<JoinedRoom>;
  void stay.enter(entered, async () => ({ urls: [], jwt: '', expires_in: 600 }));
  const roster = (rules: Rules, ...people: Person[]) => {
    connection.roster = { epoch: 1, people: new Map(people.map((each) => [each.pid, each])), rules };
    connection.events.changed();
    return connection.roster as Connection['roster'];
  };
  const before = roster(OPEN, ...(inRoster ? [self] : []), person('host', { role: 'moderator' }));
  return { store, media, sending, notices, events, stay, roster, before, self };
}

it('a moderator\'s word switches off here, and is told with the name', () => {
  const { sending, notices, before } = setting();
  const media = { ...ON, microphone: false };
  connection.events.happened({ type: 'media', pid: 'me', media, by: 'host' }, before);
  expect(sending.hush).toHaveBeenCalledWith(['microphone']);
  expect(notices).toEqual([{ type: 'silenced', name: 'HOST', sources: ['microphone'] }]);
});

it('the echo of one\'s own word switches nothing off', () => {
  const { media, sending, notices, before, stay } = setting();
  media.publishing = { ...ON, camera: false };
  stay.onLocalChange();
  expect(published).toHaveBeenCalledWith('media', media.publishing);
  connection.events.happened({ type: 'media', pid: 'me', media: media.publishing }, before);
  expect(sending.hush).toHaveBeenCalledWith([]);
  expect(notices).toEqual([]);
});

it('says what is on only when it knows what was said meanwhile', () => {
  const { media, notices, roster, sending } = setting();
  sending.hush.mockImplementation((kinds) => {
    if (kinds.includes('microphone')) media.publishing = { ...ON, microphone: false };
    return [...kinds];
  });
  connection.events.busUp();
  expect(published.mock.calls.map(([kind]) => kind)).not.toContain('media');
  roster(OPEN, person('me', { media: { ...ON, microphone: false } }));
  connection.events.caughtUp();
  expect(published).toHaveBeenCalledExactlyOnceWith('media', { ...ON, microphone: false });
  expect(notices).toEqual([{ type: 'silenced', name: '', sources: ['microphone'] }]);
});

it('rights follow the rules and the role', () => {
  const { store, roster, self } = setting();
  const locked: Rules = { ...OPEN, locks: { ...NONE, microphone: true } };
  roster(locked, self);
  expect(store.getState().self).toMatchObject({ allowed: { microphone: false }, whyNot: { microphone: 'locked' } });
  roster(locked, person('me', { role: 'moderator' }));
  expect(store.getState().self).toMatchObject({ role: 'moderator', allowed: { microphone: true, moderate: true } });
});

it('whom the roster never had in it is hidden, and whom it lost is not', () => {
  const seen = setting();
  seen.roster(OPEN, person('host'));
  expect(seen.store.getState().self?.whyNot.microphone).toBeNull();
  const ghost = setting({ role: 'moderator' }, false);
  expect(ghost.store.getState().self).toMatchObject({ whyNot: { microphone: 'hidden' }, allowed: { moderate: true } });
});

it('what was declined is off here', () => {
  const { sending, notices, roster, self } = setting();
  roster({ ...OPEN, locks: { ...NONE, camera: true } }, self);
  connection.events.declined({ what: 'media', why: 'locked' });
  expect(sending.hush).toHaveBeenCalledWith(['camera']);
  expect(notices).toEqual([{ type: 'declined', what: 'media', why: 'locked' }]);
});

it('who waits is shown to a moderator until it is none any more', () => {
  const { store, notices, roster } = setting({ role: 'moderator' });
  const waiting = [{ pid: 'w', name: 'Wes' }];
  connection.events.backstage({ epoch: 1, version: 1, waiting, hidden: [] });
  expect(store.getState().backstage.waiting).toEqual(waiting);
  expect(notices).toEqual([{ type: 'waiting', pid: 'w', name: 'Wes' }]);
  roster(OPEN, person('me'));
  expect(store.getState().backstage.waiting).toEqual([]);
});

it('says how it is over, and asks for a new connection where the node lost sight of this page', () => {
  const { events, before } = setting();
  connection.events.happened({ type: 'left', pid: 'me', reason: 'lost' }, before);
  expect(events.lost).toHaveBeenCalledOnce();
  connection.events.removed('banned');
  connection.events.happened({ type: 'ended', reason: 'moderator' }, before);
  expect(events.over.mock.calls).toEqual([[{ name: 'removed', how: 'banned' }], [{ name: 'ended', reason: 'moderator' }]]);
});

it('after its end nothing of a connection counts', () => {
  const { store, events, stay, before } = setting();
  const { happened, removed } = connection.events;
  stay.end();
  removed('banned');
  happened({ type: 'chat', pid: 'host', text: 'late' }, before);
  expect(events.over).not.toHaveBeenCalled();
  expect(store.getState()).toMatchObject({ people: [], chat: [] });
});
