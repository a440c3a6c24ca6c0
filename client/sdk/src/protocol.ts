/**
 * The wire, as `protocol/src/{session,event,subjects,roles,api}.rs` in this repository define it.
 * Nothing here is decided in TypeScript: change the Rust first.
 */

// ---- identifiers -------------------------------------------------------------------------------

/** One life of a room: 26 characters of lower-case base32. */
export type Sid = string;
/** A participant: 26 characters of lower-case base32. */
export type Pid = string;
/** A media node. */
export type NodeId = string;

export type RoomRole = 'participant' | 'moderator';
export type SourceKind = 'microphone' | 'camera' | 'screen';
export type LeftReason = 'left' | 'lost';

/** Longest name of a person, in characters. */
export const MAX_NAME_LENGTH = 64;
/** Most tiles in one `View`. */
export const MAX_WANTS = 64;

// ---- HTTP --------------------------------------------------------------------------------------

export const PATH = {
  config: '/v1/config',
  start: '/v1/start',
  invite: '/v1/invite',
  join: '/v1/join',
  rejoin: '/v1/rejoin',
  renew: '/v1/renew',
  leave: '/v1/leave',
} as const;

/** The three fields that begin every answer; the answer's own fields stand beside them. */
export interface Status {
  status: boolean;
  msg: string;
  status_code: string;
}

export interface StartPage {
  start_page: boolean;
}

export interface StartRequest {
  title: string;
}

export interface Started {
  /** For everybody: belongs into the link's fragment. */
  invite: string;
  /** For whoever made the room: admits as moderator. */
  host_invite: string;
}

export interface InviteRequest {
  invite: string;
}

export interface Invited {
  token: string;
  /** Seconds. */
  expires_in: number;
  title: string;
  mute_on_start: boolean;
}

export interface JoinRequest {
  token: string;
  bus_key: string;
  offer: string;
  name?: string;
  media: Publishing;
}

export interface RejoinRequest {
  session: string;
  bus_key: string;
  offer: string;
  media: Publishing;
}

/** Body of `renew` and `leave`. */
export interface SessionRequest {
  session: string;
  bus_key: string;
}

export interface BusCredential {
  urls: string[];
  /** NATS user JWT. */
  jwt: string;
  /** Seconds. */
  expires_in: number;
}

export interface JoinedRoom {
  answer: string;
  sid: Sid;
  pid: Pid;
  node: NodeId;
  role: RoomRole;
  name: string;
  title: string;
  /** What is switched on after the room's rules. */
  media: Publishing;
  /** What the room lets this person switch on. */
  allowed: Publishing;
  session: string;
  bus: BusCredential;
  snapshot: Snapshot;
  slots: Slots;
}

export interface Renewed {
  role: RoomRole;
  session: string;
  bus: BusCredential;
}

// ---- bus ---------------------------------------------------------------------------------------

/** Which sources are switched on. */
export interface Publishing {
  microphone: boolean;
  camera: boolean;
  screen: boolean;
}

export interface Person {
  pid: Pid;
  name: string;
  role: RoomRole;
  media: Publishing;
}

export type RoomEvent =
  | { type: 'joined'; person: Person }
  | { type: 'left'; pid: Pid; reason: LeftReason }
  | { type: 'media'; pid: Pid; media: Publishing }
  | { type: 'ended' };

export interface Sequenced {
  epoch: number;
  seq: number;
  event: RoomEvent;
}

export interface Beat {
  epoch: number;
  seq: number;
}

export type Hint = { type: 'speaking'; pids: Pid[] };

export interface Snapshot {
  epoch: number;
  seq: number;
  page: number;
  pages: number;
  people: Person[];
}

export interface Missed {
  events: Sequenced[];
}

export interface Source {
  pid: Pid;
  kind: SourceKind;
}

export interface Slot {
  mid: string;
  source: Source | null;
}

export interface Slots {
  version: number;
  slots: Slot[];
}

export interface Displaced {
  bus_key: string;
}

export interface Resync {
  epoch: number;
  seq: number;
}

export interface Want {
  pid: Pid;
  kind: SourceKind;
  /** Height of the tile in device pixels. */
  height: number;
}

export interface View {
  wants: Want[];
}

/** Owner to everyone, by the subject's last token. */
export interface ToAll {
  event: Sequenced;
  beat: Beat;
  hint: Hint;
}

/** Owner to one participant. */
export interface ToOne {
  snapshot: Snapshot;
  missed: Missed;
  slots: Slots;
  displaced: Displaced;
}

/** Participant to owner. */
export interface FromOne {
  resync: Resync;
  media: Publishing;
  view: View;
  leave: Record<string, never>;
}

/** Where one participant stands on the bus. */
export interface BusAddress {
  sid: Sid;
  node: NodeId;
  pid: Pid;
}

/** The subjects that one participant may use: there are no others. */
export function subjects({ sid, node, pid }: BusAddress) {
  const room = `room.${sid}.${node}`;
  return {
    all: `${room}.all.>`,
    to: `${room}.to.${pid}.>`,
    from: (kind: keyof FromOne) => `${room}.from.${pid}.${kind}`,
  };
}
