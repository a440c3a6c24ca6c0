/** The link to give to others, which hosts may replace by a new one. */
import { type Meeting, type Readable, Store } from '@conclave/sdk';
import { rememberHostInvite } from './hostInvites';
import { inviteLink } from './route';

export interface ShareableLinkState {
  /** There is none where people come by personal tokens, or by a host's own invite. */
  readonly url: string | undefined;
  readonly status: 'idle' | 'asking' | 'failed';
}

export class ShareableLink implements Readable<ShareableLinkState> {
  readonly #store: Store<ShareableLinkState>;

  constructor(
    private readonly meeting: Pick<Meeting, 'link'>,
    private invite: string | undefined,
    /** Where this tab made the room: then its address shows the link, whatever that is. */
    private readonly hostInvite: string | undefined,
  ) {
    this.#store = new Store<ShareableLinkState>({ url: urlOf(invite), status: 'idle' });
  }

  readonly getState = (): ShareableLinkState => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /** Gets a new one; the one before it is refused from then on. */
  async replace(): Promise<void> {
    if (this.getState().status === 'asking') return;
    this.#store.set({ status: 'asking' });
    try {
      this.invite = await this.meeting.link(this.invite);
    } catch {
      return this.#store.set({ status: 'failed' });
    }
    this.#store.set({ url: urlOf(this.invite), status: 'idle' });
    if (!this.hostInvite) return;
    rememberHostInvite({ invite: this.invite, hostInvite: this.hostInvite });
    history.replaceState(null, '', inviteLink('', this.invite));
  }
}

function urlOf(invite: string | undefined): string | undefined {
  return invite === undefined ? undefined : inviteLink(location.origin, invite);
}
