/** What a browser asks an edge: every request that there is, each with its proof where one is due. */
import type { Clock } from './clock.js';
import type { DeviceKey } from './deviceKey.js';
import { ConclaveError } from './errors.js';
import { type Fetch, request, type RequestOptions } from './http.js';
import { PROOF_HEADER, PROOF_WINDOW_SECONDS, prove } from './proof.js';
import {
  type InviteRequest,
  type Invited,
  type JoinRequest,
  type JoinedRoom,
  type Linked,
  type LinkRequest,
  PATH,
  type RejoinRequest,
  type Renewed,
  type SessionRequest,
  type StartPage,
  type StartRequest,
  type Started,
  type WaitingAtDoor,
} from './protocol.js';

export interface ApiOptions {
  /** The edge's origin; empty for the page's own. */
  base?: string;
  clock: Clock;
  key: () => Promise<DeviceKey>;
  fetch?: Fetch;
}

type Limits = Pick<RequestOptions, 'giveUpAt' | 'signal' | 'deadline' | 'seeThrough'>;

/** A proof and what it covers, made before it is needed. */
export interface PreparedLeave {
  url: string;
  body: string;
  headers: Record<string, string>;
}

export class Api {
  readonly #base: string;
  readonly #fetch: Fetch;

  constructor(private readonly options: ApiOptions) {
    this.#base = options.base ?? '';
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  }

  config(limits: Limits = {}): Promise<StartPage> {
    return request(this.#fetch, this.#base, { method: 'GET', path: PATH.config, ...limits });
  }

  start(body: StartRequest, limits: Limits = {}): Promise<Started> {
    return this.#post(PATH.start, body, limits);
  }

  invite(body: InviteRequest, limits: Limits = {}): Promise<Invited> {
    return this.#post(PATH.invite, body, limits);
  }

  join(body: JoinRequest, limits: Limits): Promise<JoinedRoom | WaitingAtDoor> {
    return this.#prove(PATH.join, body, limits);
  }

  rejoin(body: RejoinRequest, limits: Limits): Promise<JoinedRoom | WaitingAtDoor> {
    return this.#prove(PATH.rejoin, body, limits);
  }

  renew(body: SessionRequest, limits: Limits): Promise<Renewed> {
    return this.#prove(PATH.renew, body, limits);
  }

  /** A moderator's fresh link into the room. */
  link(body: LinkRequest, limits: Limits): Promise<Linked> {
    return this.#prove(PATH.link, body, limits);
  }

  /** Signs a farewell now, for a page that will have no time to wait for a signature. */
  async prepareLeave(body: SessionRequest): Promise<PreparedLeave> {
    const text = JSON.stringify(body);
    return {
      url: this.#base + PATH.leave,
      body: text,
      headers: { 'content-type': 'application/json', ...(await this.#proof(PATH.leave, text, this.options.clock.now())) },
    };
  }

  /** Says farewell; outlives the page. Nothing can be done about a failure. */
  leave({ url, body, headers }: PreparedLeave): void {
    const options: RequestInit = { method: 'POST', body, headers, keepalive: true };
    void this.#fetch(url, { ...options, credentials: 'omit' }).catch(() => undefined);
  }

  #post<T>(path: string, body: object, limits: Limits): Promise<T> {
    return request(this.#fetch, this.#base, {
      method: 'POST',
      path,
      body: JSON.stringify(body),
      onDate: (date) => this.options.clock.learn(date),
      ...limits,
    });
  }

  /** Posts with a proof; signs once more where the edge's answer tells that the proof's time was wrong. */
  async #prove<T>(path: string, body: object, limits: Limits): Promise<T> {
    const { clock } = this.options;
    const text = JSON.stringify(body);
    let signedAt = 0;
    const options: RequestOptions = {
      method: 'POST',
      path,
      body: text,
      headers: () => {
        signedAt = clock.now();
        return this.#proof(path, text, signedAt);
      },
      onDate: (date) => clock.learn(date),
      ...limits,
    };
    // The edge's time is known from the refusal itself: `learn` has seen its date.
    const stale = (error: unknown): error is ConclaveError =>
      error instanceof ConclaveError &&
      error.httpStatus === 401 &&
      Math.abs(clock.now() - signedAt) >= PROOF_WINDOW_SECONDS;
    try {
      return await request(this.#fetch, this.#base, options);
    } catch (error) {
      if (!stale(error)) throw error;
    }
    try {
      return await request(this.#fetch, this.#base, options);
    } catch (error) {
      throw stale(error) ? new ConclaveError('clock', error.message, { cause: error, httpStatus: 401 }) : error;
    }
  }

  async #proof(path: string, body: string, seconds: number): Promise<Record<string, string>> {
    const key = await this.options.key();
    return { [PROOF_HEADER]: await prove(key, 'POST', path, body, seconds) };
  }
}
