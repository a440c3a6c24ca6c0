/** The start page's doings: may rooms be made here, and make one. */
import { Api, Clock, ConclaveError, deviceKey, newKey, type Pin, type Readable, Store } from '@conclave/sdk';
import { rememberHostInvite } from './hostInvites';
import { roomLink } from './link';
import type { Router } from './route';

export interface StartState {
  readonly status: 'checking' | 'open' | 'closed' | 'creating' | 'unreachable';
  readonly problem: ConclaveError | null;
}

export interface NewRoom {
  /** May be empty. */
  readonly title: string;
  /** End to end; cannot be changed later. */
  readonly encrypted: boolean;
}

/** For so long a busy service is asked again. */
const START_MILLIS = 15_000;

export class StartRoom implements Readable<StartState> {
  readonly #store = new Store<StartState>({ status: 'checking', problem: null });
  readonly #api = new Api({ clock: new Clock(), key: deviceKey });

  readonly getState = (): StartState => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  async check(): Promise<void> {
    try {
      const { start_page } = await this.#api.config({ giveUpAt: Date.now() + 5_000 });
      this.#store.set({ status: start_page ? 'open' : 'closed' });
    } catch {
      this.#store.set({ status: 'unreachable' });
    }
  }

  /**
   * Makes a room and goes into its lobby. Key and name of an encrypted room stay in the link; those
   * of another are for the server to know.
   */
  async create({ title, encrypted }: NewRoom, router: Router): Promise<void> {
    this.#store.set({ status: 'creating', problem: null });
    try {
      const body = { title: encrypted ? '' : title, encrypted };
      const { invite, host_invite } = await this.#api.start(body, { giveUpAt: Date.now() + START_MILLIS });
      rememberHostInvite({ invite, hostInvite: host_invite });
      router.go(roomLink('', { invite }, encrypted ? pinAnew(title) : { mode: 'none' }));
    } catch (error) {
      this.#store.set({ status: 'open', problem: ConclaveError.from(error) });
    }
  }
}

function pinAnew(title: string): Pin {
  return { mode: 'key', key: newKey(), ...(title && { title }) };
}
