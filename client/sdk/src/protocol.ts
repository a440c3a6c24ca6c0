/**
 * The wire, as `protocol/src/{session,event,moderation,settings,subjects,roles,api}.rs` in this repository define it.
 * Nothing here is decided in TypeScript: change the Rust first.
 */

// ---- identifiers -------------------------------------------------------------------------------

/** One life of a room: 26 characters of lower-case base32. */
export type Sid = string;
/** A participant: 26 characters of lower-case base32. */
export type Pid = string;
/** A media node. */
export type NodeId = string;
/** What servers relay and cannot read: base64url without padding. */
export type Ciphertext = string;

export type RoomRole = 'participant' | 'moderator';
export const SOURCES = ['microphone', 'camera', 'screen'] as const;
export type SourceKind = (typeof SOURCES)[number];
export type LeftReason = 'left' | 'lost' | 'removed';
export type EndReason = 'empty' | 'moderator' | 'duration' | 'application';
export const REACTIONS = [
  'thumbs_up',
  'applause',
  'heart',
  'laugh',
  'surprise',
  'sad',
  'celebrate',
  'thumbs_down',
] as const;
export type Reaction = (typeof REACTIONS)[number];

/** Longest name of a person, in characters. */
export const MAX_NAME_LENGTH = 64;
/** Most tiles in one `View`. */
export const MAX_WANTS = 64;
/** Longest chat message, in characters. */
export const MAX_CHAT_LENGTH = 2000;
/** Longest sealed chat message, in characters of base64url. */
export const MAX_SEALED_CHAT_LENGTH = 12_000;
/** Longest hello, in characters of base64url. */
export const MAX_HELLO_LENGTH = 2000;
/** How often somebody who waits says so, in seconds. */
export const WAITING_SAYS_SECONDS = 5;

/**
 * Whether a room is end-to-end encrypted: fixed when it is made.
 * The salt is 16 random bytes in base64url, 22 characters; it is no secret.
 */
export type Encryption = { mode: 'off' } | { mode: 'e2ee'; salt: string };

export const SERVICES = ['recording', 'broadcast', 'transcription', 'assistant', 'sip', 'ingest'] as const;
/** What a server could do with a room's media if it could read them. */
export type Service = (typeof SERVICES)[number];

// ---- HTTP --------------------------------------------------------------------------------------

export const PATH = {
  config: '/v1/config',
  start: '/v1/start',
  invite: '/v1/invite',
  join: '/v1/join',
  rejoin: '/v1/rejoin',
  renew: '/v1/renew',
  leave: '/v1/leave',
  link: '/v1/link',
  service: '/v1/service',
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
  /** Empty where the title stays in the link's fragment. */
  title: string;
  /** Default: true. */
  encrypted?: boolean;
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
  /** True where a moderator lets people in. */
  waiting_room: boolean;
  encryption: Encryption;
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
  /** What the room can be used for; the rules are in the snapshot. */
  features: Features;
  encryption: Encryption;
  session: string;
  bus: BusCredential;
  snapshot: Snapshot;
  slots: Slots;
}

/** The answer to a join or rejoin with status 202: on `admitted` the person comes in by a rejoin. */
export interface WaitingAtDoor {
  sid: Sid;
  pid: Pid;
  node: NodeId;
  name: string;
  title: string;
  encryption: Encryption;
  session: string;
  bus: BusCredential;
}

export interface LinkRequest {
  session: string;
  /** An invite to this room that shall be refused from now on. */
  revoke?: string;
}

export interface Linked {
  invite: string;
}

/** Asks for one of the services: refused with 403 in an encrypted room, and with 404 in any other. */
export interface ServiceRequest {
  session: string;
  service: Service;
  on: boolean;
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

/** What a room can be used for at all: fixed, for everybody. */
export interface Features {
  cameras: boolean;
  moderator_only_cameras: boolean;
  screens: boolean;
  chat: boolean;
  hands: boolean;
  reactions: boolean;
  /** Files, from client to client; never where there is no chat. */
  files: boolean;
  /** What was written before somebody came, told to it by those who are there. */
  shared_history: boolean;
  /** Recording on the own device, which everybody is told of. */
  local_recording: boolean;
}

/** What is locked for everybody who does not moderate. */
export interface Locks {
  microphone: boolean;
  camera: boolean;
  screen: boolean;
  chat: boolean;
  private_chat: boolean;
  reactions: boolean;
  files: boolean;
}

/** What moderators may change while the room runs. */
export interface Rules {
  locks: Locks;
  waiting_room: boolean;
}

export interface Person {
  pid: Pid;
  name: string;
  role: RoomRole;
  media: Publishing;
  /** Place in the order of raised hands, the lowest first; absent where the hand is down. */
  hand?: number;
  /** The latest that this connection of the person announced; encrypted rooms only. */
  hello?: Ciphertext;
  /** True where the person records on its own device; absent where not. */
  recording?: boolean;
}

/** What is written: sealed in encrypted rooms, plain in others. The owner declines the other. */
export type ChatBody = { text: string; sealed?: never } | { sealed: Ciphertext; text?: never };

export type RoomEvent =
  | { type: 'joined'; person: Person }
  | { type: 'left'; pid: Pid; reason: LeftReason }
  | { type: 'media'; pid: Pid; media: Publishing; /** The moderator who switched it. */ by?: Pid }
  | { type: 'hand'; pid: Pid; hand: number | null }
  | { type: 'role'; pid: Pid; role: RoomRole }
  | { type: 'rules'; rules: Rules }
  | { type: 'chat'; pid: Pid; text: string; sealed?: never }
  | { type: 'chat'; pid: Pid; sealed: Ciphertext; text?: never }
  | { type: 'hello'; pid: Pid; hello: Ciphertext }
  | { type: 'recording'; pid: Pid; on: boolean }
  | { type: 'ended'; reason: EndReason };

export interface Sequenced {
  epoch: number;
  seq: number;
  event: RoomEvent;
}

export interface Beat {
  epoch: number;
  seq: number;
}

export type Hint = { type: 'speaking'; pids: Pid[] } | { type: 'reaction'; pid: Pid; reaction: Reaction };

export interface Snapshot {
  epoch: number;
  seq: number;
  page: number;
  pages: number;
  people: Person[];
  rules: Rules;
  encryption: Encryption;
  /** Seconds until the room's time is up, where it has a bound. */
  ends_in?: number;
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
  /** Number of the last mail that this client has; 0 for none. */
  mail: number;
}

/** Written to one person; sent to both, which tells the writer that it arrived. */
export type Mail = ChatBody & {
  /** Counts the receiver's mail of this epoch from 1. */
  number: number;
  from: Pid;
  to: Pid;
};

export type Write = ChatBody & { to?: Pid };

export type Asked =
  | 'media'
  | 'chat'
  | 'private_chat'
  | 'hand'
  | 'reaction'
  | 'moderation'
  | 'hello'
  | 'recording'
  | 'service';
/** `encrypted`: the room takes only what is encrypted; `plain`: only what is not. */
export type Why = 'off' | 'locked' | 'not_moderator' | 'gone' | 'last_moderator' | 'encrypted' | 'plain';

/** What was asked for and not done. */
export interface Declined {
  what: Asked;
  why: Why;
}

/** `ended`: somebody waited, and the room is over. */
export type RemovedHow = 'removed' | 'banned' | 'refused' | 'ended' | 'flooded';

export interface Waiter {
  pid: Pid;
  name: string;
  hello?: Ciphertext;
}

/** What only moderators see; a higher version replaces a lower of the same epoch. */
export interface Backstage {
  epoch: number;
  version: number;
  /** The longest first. */
  waiting: Waiter[];
  hidden: Person[];
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
  mail: Mail;
  declined: Declined;
  /** The rights on the bus changed: ask for a new credential. */
  role: { role: RoomRole };
  removed: { how: RemovedHow };
  admitted: Record<string, never>;
  backstage: Backstage;
}

/** Participant to owner. */
export interface FromOne {
  resync: Resync;
  media: Publishing;
  view: View;
  leave: Record<string, never>;
  chat: Write;
  hand: { raised: boolean };
  reaction: { reaction: Reaction };
  hello: { hello: Ciphertext };
  recording: { on: boolean };
  waiting: { hello?: Ciphertext };
}

/** Moderator to owner; where `pid` is absent, everybody whom it can concern. */
export interface FromModerator {
  silence: { pid?: Pid; microphone?: boolean; camera?: boolean; screen?: boolean };
  role: { pid: Pid; role: RoomRole };
  rules: { rules: Rules };
  remove: { pid: Pid; ban: boolean };
  admit: { pid?: Pid };
  lower_hands: { pid?: Pid };
  service: { service: Service; on: boolean };
  end: Record<string, never>;
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
    moderate: (kind: keyof FromModerator) => `${room}.mod.${pid}.${kind}`,
  };
}
