/** The room's keys inside the worker: one sender instance at a time, and everything that is known of the others. */
import { Begun, type Receiving, Room, type Sending } from '../../wasm/conclave_crypto.js';
import type { Pid } from '../protocol.js';
import { type Heard, type MessageStream, type Opened, STREAM, type Stream } from './messages.js';
import { Order } from './order.js';

const AES = 'AES-GCM';
/** What has to be read of a sealed frame to know its key: VP8's clear bytes and SFrame's longest header. */
const HEAD_BYTES = 27;
const NONCE_BYTES = 12;

/** A stream of somebody else. */
export interface Source {
  readonly pid: Pid;
  readonly stream: Stream;
  readonly key: CryptoKey;
  /** Of its frames: messages come when they come. */
  readonly order: Order;
}

/** A frame whose sender is known, not opened yet. */
export interface Begin {
  readonly kid: number;
  readonly counter: number;
  readonly source: Source;
  /** Clear bytes, and where the ciphertext begins. */
  readonly clear: number;
  readonly body: number;
  readonly nonce: Uint8Array<ArrayBuffer>;
}

export type Unknown = 'malformed' | 'unknown_key' | 'replayed';

/** One sender instance. */
export interface Instance {
  readonly pid: Pid;
  readonly sending: Sending;
  readonly keys: ReadonlyMap<Stream, CryptoKey>;
}

export class Keys {
  readonly #room: Room;
  readonly #receiving: Receiving;
  readonly #sources = new Map<number, Source>();
  #instance: Instance | undefined;

  constructor(
    secret: Uint8Array,
    sid: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#room = Room.fromSecret(secret, sid);
    this.#receiving = this.#room.receiving();
  }

  /** The instance that seals what people write. */
  get instance(): Instance | undefined {
    return this.#instance;
  }

  /** A new sender instance: its 128 random bits are drawn here and used nowhere else. */
  async begin(pid: Pid): Promise<Instance> {
    const sending = this.#room.sending(pid, crypto.getRandomValues(new Uint8Array(16)));
    const streams = Object.values(STREAM);
    const keys = await Promise.all(streams.map((stream) => importKey(sending.key(stream), 'encrypt')));
    this.#instance = { pid, sending, keys: new Map(streams.map((stream, n) => [stream, keys[n]!])) };
    // What this person writes comes back by way of the room, and is opened like everybody's.
    await this.hear(pid, sending.hello(Date.now(), ''));
    return this.#instance;
  }

  hello(name: string): Uint8Array {
    if (!this.#instance) throw new Error('nobody to announce yet');
    return this.#instance.sending.hello(Date.now(), name);
  }

  async hear(pid: Pid, hello: Uint8Array): Promise<Heard> {
    let heard;
    try {
      heard = this.#receiving.hear(pid, hello, Date.now());
    } catch (word) {
      return { refused: word as 'malformed' };
    }
    const { name, kids, streams, keys, retired } = heard;
    heard.free();
    for (const kid of retired) this.#sources.delete(kid);
    await Promise.all(
      Array.from(kids, async (kid, n) => {
        const key = await importKey(keys.slice(n * 32, (n + 1) * 32), 'decrypt');
        const order = this.#sources.get(kid)?.order ?? new Order(this.now);
        this.#sources.set(kid, { pid, stream: streams[n] as Stream, key, order });
      }),
    );
    return { name };
  }

  /** Whose frame this is, and how to open it. `codec` as `crypto/src/frame.rs` numbers them. */
  beginFrame(codec: number, frame: ArrayBuffer): Begin | Unknown {
    const begin = this.#begun(this.#receiving.begin(codec, head(frame), frame.byteLength));
    return typeof begin !== 'string' && begin.source.order.isLate(begin.counter) ? 'replayed' : begin;
  }

  /** Opens what was begun: clear bytes and plaintext, or nothing where it is not genuine or was opened meanwhile. */
  async openFrame(codec: number, frame: ArrayBuffer, begin: Begin): Promise<ArrayBuffer | 'tampered' | 'replayed'> {
    const { clear, body } = begin;
    const bytes = new Uint8Array(frame);
    const authenticated = new Uint8Array(body + 1);
    authenticated.set(bytes.subarray(clear, body));
    authenticated[body - clear] = codec;
    authenticated.set(bytes.subarray(0, clear), body - clear + 1);
    const plain = await this.#decrypt(begin, authenticated, bytes.subarray(body));
    if (!plain) return 'tampered';
    if (!this.#receiving.accept(begin.kid, begin.counter)) return 'replayed';
    begin.source.order.rendered(begin.counter);
    const opened = new Uint8Array(clear + plain.byteLength);
    opened.set(bytes.subarray(0, clear));
    opened.set(new Uint8Array(plain), clear);
    return opened.buffer;
  }

  async seal(stream: MessageStream, kind: string, to: Pid | undefined, bytes: Uint8Array): Promise<Uint8Array> {
    const instance = this.#instance;
    const key = instance?.keys.get(STREAM[stream]);
    if (!instance || !key) throw new Error('nobody to send as yet');
    const begun = instance.sending.begin(STREAM[stream]);
    const header = begun.subarray(NONCE_BYTES);
    const authenticated = concat(header, instance.sending.label(kind, to));
    const iv = begun.slice(0, NONCE_BYTES);
    const sealed = await crypto.subtle.encrypt({ name: AES, iv, additionalData: authenticated }, key, copy(bytes));
    return concat(header, new Uint8Array(sealed));
  }

  async open(stream: MessageStream, from: Pid, kind: string, to: Pid | undefined, bytes: Uint8Array): Promise<Opened> {
    const sealed = copy(bytes);
    const begin = this.#begun(this.#receiving.beginMessage(head(sealed.buffer), sealed.length));
    if (typeof begin === 'string') return { refused: begin };
    const { source, body } = begin;
    if (source.pid !== from || source.stream !== STREAM[stream]) return { refused: 'wrong_sender' };
    const authenticated = concat(sealed.subarray(0, body), this.#receiving.label(from, kind, to));
    const plain = await this.#decrypt(begin, authenticated, sealed.subarray(body));
    if (!plain) return { refused: 'tampered' };
    if (!this.#receiving.accept(begin.kid, begin.counter)) return { refused: 'replayed' };
    return { bytes: new Uint8Array(plain) };
  }

  #begun(begun: Begun): Begin | Unknown {
    if (begun === Begun.Malformed) return 'malformed';
    if (begun === Begun.Replayed) return 'replayed';
    const kid = this.#receiving.kid();
    const source = begun === Begun.Ready ? this.#sources.get(kid) : undefined;
    if (!source) return 'unknown_key';
    const clear = this.#receiving.clear();
    const nonce = copy(this.#receiving.nonce());
    return { kid, counter: this.#receiving.counter(), source, clear, body: clear + this.#receiving.header(), nonce };
  }

  async #decrypt(
    { source, nonce }: Begin,
    additionalData: Uint8Array<ArrayBuffer>,
    ciphertext: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer | undefined> {
    try {
      return await crypto.subtle.decrypt({ name: AES, iv: nonce, additionalData }, source.key, ciphertext);
    } catch {
      return undefined;
    }
  }
}

function importKey(raw: Uint8Array, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', copy(raw), AES, false, [use]);
}

function head(frame: ArrayBuffer): Uint8Array {
  return new Uint8Array(frame, 0, Math.min(HEAD_BYTES, frame.byteLength));
}

function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
