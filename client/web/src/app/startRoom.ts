/** The start page's doings: may rooms be made here, and make one. */
import { Api, Clock, ConclaveError, deviceKey, type Readable, Store } from '@conclave/sdk';
import { rememberHostInvite } from './hostInvites';
import { inviteLink, type Router } from './route';

export interface StartState {
  readonly status: 'checking' | 'open' | 'closed' | 'creating' | 'unreachable';
  readonly problem: ConclaveError | null;
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

  /** Makes a room and goes into its lobby. */
  async create(title: string, router: Router): Promise<void> {
    this.#store.set({ status: 'creating', problem: null });
    try {
      const { invite, host_invite } = await this.#api.start({ title }, { giveUpAt: Date.now() + START_MILLIS });
      rememberHostInvite({ invite, hostInvite: host_invite });
      router.go(inviteLink('', invite));
    } catch (error) {
      this.#store.set({ status: 'open', problem: ConclaveError.from(error) });
    }
  }
}
