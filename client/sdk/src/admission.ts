/** By what a person comes in: the link's invite or a join token, and the token that a join needs. */
import type { Api } from './api.js';
import { fromBase64url } from './base64url.js';
import type { Clock } from './clock.js';
import { ConclaveError } from './errors.js';
import type { Encryption, Sid } from './protocol.js';

/** What a link carries: an invite, or a join token that an application's backend asked for. */
export type Ticket = { readonly invite: string } | { readonly token: string };

export interface Admitted {
  readonly token: string;
  /** Seconds since 1970, by the edge's clock. */
  readonly expires: number;
  readonly title: string;
  readonly muteOnStart: boolean;
  /** True where a moderator lets people in; not known of a token. */
  readonly waitingRoom: boolean;
  /** The name that the application fixed for this person. */
  readonly fixedName: string | undefined;
  /** As the token says: what the link itself says outranks it. */
  readonly encryption: Encryption;
  /** The life of the room that it admits to. */
  readonly sid: Sid;
}

/** A token is exchanged anew when it has less than this to live. */
const FRESH_SECONDS = 60;

export class Admission {
  #pending: Promise<Admitted> | undefined;
  #current: Admitted | undefined;

  constructor(
    private readonly api: Api,
    private readonly clock: Clock,
    readonly ticket: Ticket,
  ) {}

  /** The token at hand where it is fresh, else a new one. */
  async get(): Promise<Admitted> {
    if (this.#current && this.#current.expires - this.clock.now() > this.#margin) {
      return this.#current;
    }
    this.#pending ??= this.#exchange().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** A join token cannot be exchanged anew: it serves to its last second. */
  get #margin(): number {
    return 'token' in this.ticket ? 0 : FRESH_SECONDS;
  }

  async #exchange(): Promise<Admitted> {
    this.#current = 'token' in this.ticket ? this.#read(this.ticket.token) : await this.#invite(this.ticket.invite);
    return this.#current;
  }

  async #invite(invite: string): Promise<Admitted> {
    const answer = await this.api.invite({ invite }, { giveUpAt: Date.now() + 10_000 });
    return {
      token: answer.token,
      expires: this.clock.now() + answer.expires_in,
      title: answer.title,
      muteOnStart: answer.mute_on_start,
      waitingRoom: answer.waiting_room,
      fixedName: undefined,
      ...roomOf(claimsOf(answer.token)),
    };
  }

  #read(token: string): Admitted {
    const claims = claimsOf(token);
    if (!claims || typeof claims['exp'] !== 'number' || claims['exp'] <= this.clock.now()) {
      throw new ConclaveError('credential', 'The join token is malformed or expired.');
    }
    const name = claims['name'];
    return {
      token,
      expires: claims['exp'],
      title: '',
      muteOnStart: false,
      waitingRoom: false,
      fixedName: typeof name === 'string' ? name : undefined,
      ...roomOf(claims),
    };
  }
}

/** What a join token says of its room. */
function roomOf(claims: Record<string, unknown> | undefined): Pick<Admitted, 'encryption' | 'sid'> {
  const sid = claims?.['sid'];
  const encryption = claims?.['encryption'] as Partial<Encryption> | undefined;
  return {
    sid: typeof sid === 'string' ? sid : '',
    encryption: encryption?.mode === 'e2ee' ? { mode: 'e2ee', salt: String(encryption.salt) } : { mode: 'off' },
  };
}

/** A token's claims, for showing and for knowing when it expires; only the edge can trust them. */
export function claimsOf(token: string): Record<string, unknown> | undefined {
  try {
    const bytes = fromBase64url(token.split('.')[1] ?? '');
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined;
  } catch {
    return undefined;
  }
}
