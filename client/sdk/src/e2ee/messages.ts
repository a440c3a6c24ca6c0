/** What a page and its encryption worker say to each other. Nothing of it ever leaves the device. */
import type { Pid, SourceKind } from '../protocol.js';
import type { Alarm } from '../security.js';

/** Streams of one sender instance, as `crypto/src/stream.rs` numbers them. */
export const STREAM = { microphone: 0, camera: 1, screen: 2, chat: 9, file: 10 } as const;
export type Stream = (typeof STREAM)[keyof typeof STREAM];
export type MessageStream = 'chat' | 'file';

/** What a transform is told when it is attached, by `RTCRtpScriptTransform` or beside transferred streams. */
export type TransformOptions =
  | { readonly does: 'seal'; readonly peer: number; readonly kind: SourceKind }
  | { readonly does: 'open'; readonly peer: number; readonly slot: number; readonly medium: 'audio' | 'video' };

/** Whose medium is in a slot now. */
export interface Assignment {
  /** Its place among the receive slots. */
  readonly slot: number;
  readonly pid: Pid;
  readonly kind: SourceKind;
}

export type Question =
  /** 64 bytes from a passphrase; takes some hundred milliseconds and nothing else is done meanwhile. */
  | { readonly what: 'stretch'; readonly passphrase: string; readonly sid: string; readonly salt: string }
  /** Six numbers for people to compare; takes as long. */
  | { readonly what: 'check'; readonly secret: Uint8Array; readonly sid: string }
  /** 64 bytes from a link's key. */
  | { readonly what: 'root'; readonly key: Uint8Array; readonly sid: string }
  /** Begins to seal for a PeerConnection, as a new sender instance; how many transforms it has. */
  | { readonly what: 'begin'; readonly peer: number; readonly pid: Pid }
  /** How many frames of each source of a PeerConnection were sealed. */
  | { readonly what: 'sealed'; readonly peer: number }
  | { readonly what: 'hello'; readonly name: string }
  | { readonly what: 'hear'; readonly pid: Pid; readonly hello: Uint8Array }
  | {
      readonly what: 'seal';
      readonly stream: MessageStream;
      readonly kind: string;
      readonly to: Pid | undefined;
      readonly bytes: Uint8Array;
    }
  | {
      readonly what: 'open';
      readonly stream: MessageStream;
      readonly from: Pid;
      readonly kind: string;
      readonly to: Pid | undefined;
      readonly bytes: Uint8Array;
    };

/** How a question is answered, by what was asked. */
export interface Answers {
  stretch: Uint8Array;
  check: Uint16Array;
  root: Uint8Array;
  begin: number;
  sealed: Readonly<Record<SourceKind, number>>;
  hello: Uint8Array;
  hear: Heard;
  seal: Uint8Array;
  open: Opened;
}

/** What came of a hello. */
export type Heard =
  | { readonly name: string }
  | { readonly refused: 'malformed' | 'other_key' | 'stale' | 'full' };

export type Opened = { readonly bytes: Uint8Array } | { readonly refused: Unopened };
export type Unopened = 'malformed' | 'unknown_key' | 'replayed' | 'tampered' | 'wrong_sender';

export type ToWorker =
  /** The room's secret: from now on something can be sealed and opened. */
  | { readonly type: 'unlock'; readonly secret: Uint8Array; readonly sid: string }
  | { readonly type: 'slots'; readonly peer: number; readonly assignments: readonly Assignment[] }
  /** Where `RTCRtpScriptTransform` is missing: the streams of one sender or receiver. */
  | {
      readonly type: 'streams';
      readonly options: TransformOptions;
      readonly readable: ReadableStream;
      readonly writable: WritableStream;
    }
  /** A PeerConnection is closed: what was kept for it is forgotten. */
  | { readonly type: 'forget'; readonly peer: number }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

export type FromWorker =
  | { readonly type: 'answer'; readonly id: number; readonly value: Answers[keyof Answers] }
  /** Asked for what cannot be done now; a mistake of ours or a worker without memory. */
  | { readonly type: 'failed'; readonly id: number; readonly why: string }
  /** Something that was not rendered; `pid` is in whose place it came, where that is known. */
  | { readonly type: 'alarm'; readonly alarm: Alarm; readonly pid: Pid | null };
