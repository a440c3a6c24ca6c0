/**
 * Asks to be let into a room. Whoever goes away meanwhile is in the room for a moment without
 * knowing it: so the answer is waited for even then, and answered by a farewell.
 */
import type { Admission } from './admission.js';
import type { Api } from './api.js';
import type { Secrecy } from './e2ee/secrecy.js';
import type { Preparation, Prepared } from './preparation.js';
import type { JoinedRoom, Publishing, WaitingAtDoor } from './protocol.js';

/** What came of it: in the room, or before its door. */
export type Answer = JoinedRoom | WaitingAtDoor;

export interface Entered<A extends Answer = Answer> {
  readonly joined: A;
  readonly prepared: Prepared;
  /** What was to be sent when this was asked. */
  readonly asked: Publishing;
}

/** Whether somebody is in the room. */
export function isInside(entered: Entered): entered is Entered<JoinedRoom> {
  return 'answer' in entered.joined;
}

/** The name that servers are told where only those with the room's key are to know it. */
const SEALED_NAME = 'Guest';
/** Patience of one join, in milliseconds. */
const JOIN_MILLIS = 20_000;

type Request = Pick<Entered, 'prepared' | 'asked'> & { fields: { bus_key: string; offer: string; media: Publishing } };

export class Entrance {
  constructor(
    private readonly api: Api,
    private readonly admission: Admission,
    private readonly preparation: Preparation,
    private readonly media: { readonly publishing: Publishing },
    private readonly secrecy: Pick<Secrecy, 'learn' | 'unlocked' | 'isOn'>,
  ) {}

  /** The first time. Rejects when `signal` is aborted. */
  async join(name: string, signal: AbortSignal): Promise<Entered> {
    const { token, fixedName, encryption, sid } = await this.admission.get();
    await this.secrecy.learn(encryption, sid);
    // Nobody comes in who could only be silent there.
    await this.secrecy.unlocked();
    const request = await this.#request();
    signal.throwIfAborted();
    const body = { token, ...request.fields };
    const told = this.secrecy.isOn ? SEALED_NAME : name;
    const named = fixedName === undefined ? { ...body, name: told } : body;
    const giveUpAt = Date.now() + JOIN_MILLIS;
    return this.#enter(request, this.api.join(named, { giveUpAt, signal, seeThrough: true }), signal);
  }

  /** Again, with a session; one attempt. Rejects when `signal` is aborted. */
  async rejoin(session: string, signal: AbortSignal): Promise<Entered> {
    const request = await this.#request();
    signal.throwIfAborted();
    return this.#enter(request, this.api.rejoin({ session, ...request.fields }, { signal, seeThrough: true }), signal);
  }

  async #request(): Promise<Request> {
    const prepared = await this.preparation.get();
    const asked = this.media.publishing;
    return { prepared, asked, fields: { bus_key: prepared.key.publicKey, offer: prepared.offer, media: asked } };
  }

  async #enter({ prepared, asked }: Request, answer: Promise<Answer>, signal: AbortSignal): Promise<Entered> {
    const joined = await answer;
    try {
      signal.throwIfAborted();
      await this.secrecy.learn(joined.encryption, joined.sid);
      await this.secrecy.unlocked();
      signal.throwIfAborted();
      return { joined, prepared, asked };
    } catch (error) {
      prepared.peer.close();
      this.api.leave(await this.api.prepareLeave({ session: joined.session, bus_key: prepared.key.publicKey }));
      throw error;
    }
  }
}
