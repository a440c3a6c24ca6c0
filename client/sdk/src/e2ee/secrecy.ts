/**
 * What this device holds a room to: whether it is end-to-end encrypted, with which key, and what follows. The
 * link decides, where it says something; what a server claims against it ends the visit. Without a key nothing is
 * sent, and nothing of what cannot be opened is shown.
 */
import { base64url, fromBase64url } from '../base64url.js';
import { ConclaveError } from '../errors.js';
import type { Peer } from '../offer.js';
import type { Encryption, Pid } from '../protocol.js';
import type { Alarm, Pin, Security } from '../security.js';
import { askOnce, EncryptionWorker, spawnWorker, type WorkerLike } from './encryptionWorker.js';
import type { Assignment, MessageStream, Unopened } from './messages.js';
import { canEncrypt, passThrough, protect } from './transforms.js';

export type Secret = { readonly key: string } | { readonly passphrase: string };

/** Bytes of a link's key. */
const KEY_BYTES = 32;
/** The same alarm is kept once; more than there are kinds of it are none. */
const UNKNOWN: Security = { mode: 'unknown' };

/** A fresh 256-bit key for a link, base64url. */
export function newKey(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
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
  #worker: EncryptionWorker | undefined;
  /** Started while the link is being checked, for the key that it carries. */
  #spare: EncryptionWorker | undefined;
  #unlocking: Promise<void> | undefined;

  constructor(
    private readonly pin: Pin,
    /** `security` changed, or what people call themselves. */
    private readonly onChange: () => void,
    private readonly spawn: () => WorkerLike = spawnWorker,
  ) {
    if (pin.mode === 'key') this.#spare = new EncryptionWorker(spawn());
  }

  get security(): Security {
    return this.#security;
  }

  /** True where nothing may leave this device that is not sealed; before anything is known, too. */
  get isOn(): boolean {
    return this.#mode?.mode !== 'off';
  }

  /** The link's key, for links to share; nothing for a passphrase. */
  get key(): string | undefined {
    return this.#key;
  }

  /** 64 bytes that stand for the passphrase in this life of the room, for a reload; nothing where a link has the key. */
  get remembered(): { readonly sid: string; readonly secret: Uint8Array } | undefined {
    return this.#secret && !this.#key ? { sid: this.#sid, secret: this.#secret } : undefined;
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
    if (encryption.mode === 'e2ee' && this.pin.mode === 'key' && !this.#secret) await this.unlock(this.pin);
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

  /** Takes what was remembered of a passphrase over a reload. */
  restore(secret: Uint8Array, sid: string): void {
    if (sid !== this.#sid || this.#secret) return;
    this.#open(this.#take(), secret, undefined);
  }

  /** Waits for the key; rejects with `locked` where there is none. */
  async unlocked(): Promise<void> {
    await this.#unlocking;
    if (this.isOn && !this.#secret) throw new ConclaveError('locked', 'The room’s key is missing.');
  }

  /** Puts the encryption between this connection and its codecs, and begins to seal as `pid`: before the answer is set. */
  begin(peer: Peer, pid: Pid): void {
    if (!this.isOn) return passThrough(peer);
    const worker = this.#inUse();
    protect(peer, worker);
    this.speakAs(peer.id, pid);
  }

  /** A new sender instance: hellos and messages are its from now on. */
  speakAs(peer: number, pid: Pid): void {
    if (!this.isOn) return;
    // What is asked next is answered after this; a failure shows there.
    this.#inUse()
      .ask({ what: 'begin', peer, pid })
      .catch(() => undefined);
  }

  assign(peer: number, assignments: readonly Assignment[]): void {
    if (this.isOn) this.#worker?.assign(peer, assignments);
  }

  forget(peer: number): void {
    this.#worker?.forget(peer);
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
    } else {
      this.#strangers.add(pid);
      this.#names.delete(pid);
    }
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
  async check(): Promise<readonly number[]> {
    await this.unlocked();
    if (!this.#secret) throw new ConclaveError('locked', 'This room has no key.');
    return [...(await askOnce({ what: 'check', secret: this.#secret, sid: this.#sid }, this.spawn))];
  }

  close(): void {
    this.#lock();
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
    const worker = this.#take();
    try {
      const root = await worker.ask(question);
      // Meanwhile the room may have become another.
      if (sid === this.#sid) return this.#open(worker, root, key);
    } catch (error) {
      worker.close();
      throw error;
    }
    worker.close();
  }

  #take(): EncryptionWorker {
    const spare = this.#spare ?? new EncryptionWorker(this.spawn());
    this.#spare = undefined;
    return spare;
  }

  #open(worker: EncryptionWorker, secret: Uint8Array, key: string | undefined): void {
    this.#lock();
    this.#secret = secret;
    this.#key = key;
    this.#worker = worker;
    this.#worker.onAlarm = (alarm, pid) => this.#onAlarm(alarm, pid);
    this.#worker.unlock(secret, this.#sid);
    this.#publish();
  }

  #lock(): void {
    this.#worker?.close();
    this.#spare?.close();
    this.#spare = undefined;
    this.#worker = undefined;
    this.#secret = undefined;
    this.#names.clear();
    this.#strangers.clear();
    this.#alarms.clear();
  }

  #inUse(): EncryptionWorker {
    if (!this.#worker) throw new ConclaveError('locked', 'The room’s key is missing.');
    return this.#worker;
  }

  #onAlarm(alarm: Alarm, pid: Pid | null): void {
    // Of who holds another key, or has not been heard of yet, nothing opens: that is no attack.
    if (alarm === 'foreign' && pid !== null && !this.#names.has(pid)) return;
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
