/** What a join or rejoin needs from this page, made before it is asked for. */
import { type BusKey, makeBusKey } from './busConnection.js';
import { deviceKey } from './deviceKey.js';
import type { Secrecy } from './e2ee/secrecy.js';
import { Peer } from './offer.js';
import type { Sending } from './sending.js';

export interface Prepared {
  readonly key: BusKey;
  readonly peer: Peer;
  readonly offer: string;
}

export class Preparation {
  #key: Promise<BusKey> | undefined;
  #peer: Peer | undefined;

  constructor(
    private readonly sending: Sending,
    /** Knows by now whether the room is encrypted. */
    private readonly secrecy: Pick<Secrecy, 'isOn' | 'protect'>,
  ) {}

  /** The same until it is taken or discarded. */
  async get(): Promise<Prepared> {
    if (!this.#peer) {
      this.#peer = new Peer({ sealed: this.secrecy.isOn });
      this.secrecy.protect(this.#peer);
      this.sending.attach(this.#peer);
    }
    const peer = this.#peer;
    this.#key ??= makeBusKey();
    const [key, offer] = await Promise.all([this.#key, peer.offer(), deviceKey()]);
    return { key, peer, offer };
  }

  /** The connection at hand is in use from now on. */
  take(): void {
    this.#peer = undefined;
  }

  /** An offer that was sent and not answered is not sent again. */
  discard(): void {
    if (!this.#peer) return;
    this.sending.detach(this.#peer);
    this.#peer.close();
    this.#peer = undefined;
  }

  /** Whoever comes later comes with another key: a late farewell with this one is not theirs. */
  forget(): void {
    this.discard();
    this.#key = undefined;
  }
}
