/**
 * What this device holds a room to: whether it is end-to-end encrypted, with which key, and what follows. The
 * link decides, where it says something; what a server claims against it ends the visit. Without a key nothing is
 * sent, and nothing of what cannot be opened is shown.
 */
import { base64url, fromBase64url } from '../base64url.js';
import { ConclaveError } from '../errors.js';
import type { Peer } from '../offer.js';
import { type Encryption, type Pid, type SourceKind, SOURCES } from '../protocol.js';
import type { Alarm, Pin, Security } from '../security.js';
import { askOnce, EncryptionWorker, spawnWorker, type WorkerLike } from './encryptionWorker.js';
import { LeakWatch } from './leak.js';
import type { Assignment, MessageStream, Unopened } from './messages.js';
import { canEncrypt, protect } from './transforms.js';

export type Secret = { readonly key: string } | { readonly passphrase: string };

/** A worker that has not answered for so long, in milliseconds, seals nothing either. */
const ALIVE_MILLIS = 5_000;
/** Bytes of a link's key. */
const KEY_BYTES = 32;
const UNKNOWN: Security = { mode: 'unknown' };

/** A fresh 256-bit key for a link, base64url. */
export function newKey(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
}

/** What keeps a passphrase's secret over a reload, on this device alone. */
export interface SecretMemory {
  recall(sid: string): Promise<Uint8Array | undefined>;
  remember(sid: string, secret: Uint8Array): Promise<void>;
  forget(sid: string): Promise<void>;
}

export class Secrecy {
  readonly #names = new Map<Pid, string>();
  readonly #strangers = new Set<Pid>();
  readonly #alarms = new Set<Alarm>();
  #security: Security = UNKNOWN;
  #mode: Encryption | undefined;
  #sid = '';
  #secret: Uint8Array | undefined;
  #key: string | undefined;
  /** Every frame goes through it, also before it has the key: then it lets none pass. */
  #worker: EncryptionWorker | undefined;
  #unlocking: Promise<void> | undefined;
  #closed = false;
  #watched: { readonly peer: number; readonly kinds: Readonly<Record<SourceKind, LeakWatch>> } | undefined;

  constructor(
    private readonly pin: Pin,
    /** `security` changed, or what people call themselves. */
    private readonly onChange: () => void,
    private readonly memory: SecretMemory,
    private readonly spawn: () => WorkerLike = spawnWorker,
  ) {
    // It is loaded while the link is being checked.
    if (pin.mode !== 'none') this.#inUse();
  }

  get security(): Security {
    return this.#security;
  }

  /** The room as servers and link say it is. */
  get room(): { readonly encryption: Encryption; readonly sid: string } {
    return { encryption: this.#mode ?? { mode: 'off' }, sid: this.#sid };
  }

  /** True where nothing may leave this device that is not sealed; before anything is known, too. */
  get isOn(): boolean {
    return this.#mode?.mode !== 'off';
  }

  /** The link's key, for links to share; nothing for a passphrase. */
  get key(): string | undefined {
    return this.#key;
  }

  /** How people call themselves, as only those with the key know. */
  nameOf(pid: Pid): string | undefined {
    return this.#names.get(pid);
  }

  /** True of somebody who holds the same key. */
  isTrusted(pid: Pid): boolean {
    return this.#names.has(pid);
  }

  /**
   * Takes what a server says of the room. Rejects with `downgraded` where the link, or the server itself a moment ago,
   * said otherwise, and with `no_encryption` where this browser cannot. A link's key unlocks the room.
   */
  async learn(claimed: Encryption | undefined, sid: string): Promise<void> {
    const encryption = claimed ?? { mode: 'off' };
    const pinned = this.pin.mode !== 'none' || this.#mode?.mode === 'e2ee';
    if (pinned && encryption.mode === 'off') {
      throw new ConclaveError('downgraded', 'The link says that this room is end-to-end encrypted; the server says that it is not.');
    }
    if (this.#mode?.mode === 'off' && encryption.mode === 'e2ee') {
      throw new ConclaveError('downgraded', 'The server changed its mind about the encryption of this room.');
    }
    if (encryption.mode === 'e2ee' && !canEncrypt()) {
      throw new ConclaveError('no_encryption', 'This browser cannot encrypt media end to end.');
    }
    const other = sid !== this.#sid;
    this.#mode = encryption;
    this.#sid = sid;
    // Another life of the room: its keys are others.
    if (other && this.#secret) this.#lock();
    this.#publish();
    if (encryption.mode === 'off' || this.#secret) return;
    if (this.pin.mode === 'key') return this.unlock(this.pin);
    const secret = await this.memory.recall(sid);
    if (secret && sid === this.#sid && !this.#secret) this.#open(secret, undefined);
  }

  /** Takes the key or passphrase; the latter takes a moment to compute. */
  async unlock(secret: Secret): Promise<void> {
    const unlocking = this.#unlock(secret);
    this.#unlocking = unlocking;
    try {
      await unlocking;
    } finally {
      if (this.#unlocking === unlocking) this.#unlocking = undefined;
    }
  }

  /** Waits for the key; rejects with `locked` where there is none. */
  async unlocked(): Promise<void> {
    await this.#unlocking;
    if (this.isOn && !this.#secret) throw new ConclaveError('locked', 'The room’s key is missing.');
  }

  /** Puts the encryption between a connection and its codecs, in the task in which it was made. */
  protect(peer: Peer): void {
    if (this.isOn) protect(peer, this.#inUse());
  }

  /**
   * Begins to seal as `pid`, as a new sender instance: frames of this connection, hellos and messages. Rejects with
   * `no_encryption` where the browser did not put every codec's frames into our hands.
   */
  async begin(peer: Peer, pid: Pid): Promise<void> {
    if (!this.isOn) return;
    // What is asked next is answered after this.
    const transforms = await this.#inUse().ask({ what: 'begin', peer: peer.id, pid });
    if (transforms !== SOURCES.length + peer.receivers().length) throw this.#unsealed();
  }

  /** Rejects with `no_encryption` where something has left this device that was not sealed. */
  async check(peer: Peer): Promise<void> {
    if (!this.isOn || !this.#worker) return;
    const sent = await peer.sent();
    const sealed = await this.#worker.ask({ what: 'sealed', peer: peer.id }, ALIVE_MILLIS);
    if (this.#watched?.peer !== peer.id) {
      this.#watched = { peer: peer.id, kinds: { microphone: new LeakWatch(), camera: new LeakWatch(), screen: new LeakWatch() } };
    }
    const { kinds } = this.#watched;
    // Each looks, whatever the others say.
    const leaks = SOURCES.filter((kind) => kinds[kind].look({ sent: sent[kind], sealed: sealed[kind] }));
    if (leaks.length > 0) throw this.#unsealed();
  }

  assign(peer: Peer, held: readonly { readonly mid: string; readonly pid: Pid; readonly kind: SourceKind }[]): void {
    if (!this.isOn) return;
    const assignments = held.map(({ mid, pid, kind }): Assignment => ({ slot: peer.slotOf(mid), pid, kind }));
    this.#worker?.assign(peer.id, assignments);
  }

  forget(peer: Peer): void {
    this.#worker?.forget(peer.id);
  }

  /** A hello with this name, to be published. */
  async hello(name: string): Promise<string> {
    return base64url(await this.#inUse().ask({ what: 'hello', name }));
  }

  /** Takes somebody's hello. */
  async hear(pid: Pid, hello: string): Promise<void> {
    const bytes = decoded(hello);
    const heard = bytes && this.#worker ? await this.#worker.ask({ what: 'hear', pid, hello: bytes }) : { refused: 'malformed' };
    if ('name' in heard) {
      this.#strangers.delete(pid);
      this.#names.set(pid, heard.name);
    } else if (heard.refused === 'stale') {
      // Of somebody who is known already it is one that was said before; of somebody new a clock is wrong.
      if (this.#names.has(pid)) return;
      this.#alarms.add('stale');
      this.#strangers.add(pid);
    } else {
      this.#strangers.add(pid);
      this.#names.delete(pid);
    }
    this.#publish();
  }

  /** Somebody is there who has not shown that they hold the key. */
  suspect(pid: Pid): void {
    if (this.#names.has(pid) || this.#strangers.has(pid)) return;
    this.#strangers.add(pid);
    this.#publish();
  }

  /** Somebody is not in the room any more. What they wrote keeps their name elsewhere. */
  gone(pid: Pid): void {
    if (this.#strangers.delete(pid)) this.#publish();
  }

  async seal(stream: MessageStream, kind: string, to: Pid | undefined, bytes: Uint8Array): Promise<Uint8Array> {
    return this.isOn ? this.#inUse().ask({ what: 'seal', stream, kind, to, bytes }) : bytes;
  }

  /** Opens what `from` is said to have sent; in words why not. */
  async open(
    stream: MessageStream,
    from: Pid,
    kind: string,
    to: Pid | undefined,
    bytes: Uint8Array,
  ): Promise<Uint8Array | Unopened> {
    if (!this.isOn) return bytes;
    const opened = await this.#inUse().ask({ what: 'open', stream, from, kind, to, bytes });
    return 'bytes' in opened ? opened.bytes : opened.refused;
  }

  /** Six numbers below 2048: the same for all who hold the same key. */
  async words(): Promise<readonly number[]> {
    await this.unlocked();
    if (!this.#secret) throw new ConclaveError('locked', 'This room has no key.');
    return [...(await askOnce({ what: 'check', secret: this.#secret, sid: this.#sid }, this.spawn))];
  }

  /** The stay is over: a reload leads to the lobby, and to the passphrase. */
  forgetSecret(): void {
    if (this.#sid !== '') void this.memory.forget(this.#sid);
  }

  close(): void {
    this.#closed = true;
    this.#lock();
    this.#worker?.close();
    this.#worker = undefined;
    this.#publish();
  }

  async #unlock(secret: Secret): Promise<void> {
    const mode = this.#mode;
    if (mode?.mode !== 'e2ee') throw new ConclaveError('service', 'This room needs no key.');
    const sid = this.#sid;
    const key = 'key' in secret ? secret.key : undefined;
    const question =
      'key' in secret
        ? ({ what: 'root', key: keyBytes(secret.key), sid } as const)
        : ({ what: 'stretch', passphrase: secret.passphrase.normalize('NFKC').trim(), sid, salt: mode.salt } as const);
    // Nobody's frames are handled before there is a key: the worker has nothing else to do.
    const root = await this.#inUse().ask(question);
    // Meanwhile the room may have become another.
    if (sid !== this.#sid) return;
    this.#open(root, key);
    if (key === undefined) void this.memory.remember(sid, root);
  }

  #open(secret: Uint8Array, key: string | undefined): void {
    this.#lock();
    this.#secret = secret;
    this.#key = key;
    this.#inUse().unlock(secret, this.#sid);
    this.#publish();
  }

  #lock(): void {
    this.#secret = undefined;
    this.#names.clear();
    this.#strangers.clear();
    this.#alarms.clear();
  }

  #inUse(): EncryptionWorker {
    if (this.#closed) throw new ConclaveError('locked', 'The visit is over.');
    if (!this.#worker) {
      this.#worker = new EncryptionWorker(this.spawn());
      this.#worker.onAlarm = (alarm, pid) => this.#onAlarm(alarm, pid);
    }
    return this.#worker;
  }

  #unsealed(): ConclaveError {
    return new ConclaveError('no_encryption', 'This browser sends frames that were not encrypted.');
  }

  #onAlarm(alarm: Alarm, pid: Pid | null): void {
    // Of who holds another key, or has not been heard of yet, nothing opens: that is no attack.
    const isStranger = alarm === 'foreign' && pid !== null && !this.#names.has(pid);
    if (isStranger || this.#alarms.has(alarm)) return;
    this.#alarms.add(alarm);
    this.#publish();
  }

  #publish(): void {
    this.#security = this.#describe();
    this.onChange();
  }

  #describe(): Security {
    if (!this.#mode) return UNKNOWN;
    if (this.#mode.mode === 'off') return { mode: 'off' };
    return {
      mode: 'e2ee',
      by: this.pin.mode === 'key' || this.#key !== undefined ? 'key' : 'passphrase',
      unlocked: this.#secret !== undefined,
      strangers: [...this.#strangers],
      alarms: [...this.#alarms],
    };
  }
}

function keyBytes(key: string): Uint8Array {
  const bytes = decoded(key);
  if (bytes?.length !== KEY_BYTES) throw new ConclaveError('credential', 'The link’s key is incomplete.');
  return bytes;
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text);
  } catch {
    return undefined;
  }
}
