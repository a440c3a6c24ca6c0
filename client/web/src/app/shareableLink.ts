/** The link to give to others, which hosts may replace by a new one; what it pins stays. */
import { type Meeting, type Pin, type Readable, Store } from '@conclave/sdk';
import { rememberHostInvite } from './hostInvites';
import { roomLink } from './link';

export interface ShareableLinkState {
  /** There is none where people come by personal tokens, or by a host's own invite. */
  readonly url: string | undefined;
  readonly status: 'idle' | 'asking' | 'failed';
}

interface Beginning {
  /** Where this page knows one that is for others. */
  readonly invite: string | undefined;
  /** Where this tab made the room: then its address shows the link, whatever that is. */
  readonly hostInvite: string | undefined;
  readonly pin: Pin;
}

export class ShareableLink implements Readable<ShareableLinkState> {
  readonly #store = new Store<ShareableLinkState>({ url: undefined, status: 'idle' });
  readonly #hostInvite: string | undefined;
  #invite: string | undefined;
  #pin: Pin;

  constructor(
    private readonly meeting: Pick<Meeting, 'link'>,
    { invite, hostInvite, pin }: Beginning,
  ) {
    this.#invite = invite;
    this.#hostInvite = hostInvite;
    this.#pin = pin;
    this.#store.set({ url: this.#link(location.origin) });
  }

  readonly getState = (): ShareableLinkState => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** From now on the link says this of the room's encryption. */
  repin(pin: Pin): void {
    this.#pin = pin;
    this.#show();
  }

  /** Gets a new one; the one before it is refused from then on. */
  async replace(): Promise<void> {
    if (this.getState().status === 'asking') return;
    this.#store.set({ status: 'asking' });
    try {
      this.#invite = await this.meeting.link(this.#invite);
    } catch {
      return this.#store.set({ status: 'failed' });
    }
    this.#store.set({ status: 'idle' });
    if (this.#hostInvite) rememberHostInvite({ invite: this.#invite, hostInvite: this.#hostInvite });
    this.#show();
  }

  #show(): void {
    this.#store.set({ url: this.#link(location.origin) });
    const address = this.#hostInvite && this.#link('');
    if (address) history.replaceState(null, '', address);
  }

  #link(origin: string): string | undefined {
    return this.#invite === undefined ? undefined : roomLink(origin, { invite: this.#invite }, this.#pin);
  }
}
