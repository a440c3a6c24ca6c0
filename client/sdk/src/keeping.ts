/** The session of a stay: by it this person comes back after a reload, and says goodbye. */
import type { Api } from './api.js';
import type { BusKey } from './busConnection.js';
import { Farewell } from './farewell.js';
import type { LocalMedia } from './localMedia.js';
import type { MeetingState } from './meetingState.js';
import { type RememberedSession, sessionMemory } from './sessionMemory.js';

export class Keeping {
  readonly #farewell: Farewell;
  #token = '';

  constructor(
    api: Api,
    private readonly link: string,
    private readonly media: LocalMedia,
    private readonly state: () => MeetingState,
    /** As this person wants to be called, and the room as it was last. */
    private readonly known: () => Pick<RememberedSession, 'name' | 'encryption' | 'sid'>,
  ) {
    this.#farewell = new Farewell(api);
  }

  /** The newest session token. */
  get token(): string {
    return this.#token;
  }

  /** What this tab was in before it was reloaded, if it was in this room. */
  get remembered(): RememberedSession | undefined {
    return sessionMemory.recall(this.link);
  }

  /** A new session token. */
  keep(token: string, key: BusKey): void {
    this.take(token);
    this.remember();
    this.#farewell.start({ session: token, bus_key: key.publicKey });
  }

  /** A token that was remembered. */
  take(token: string): void {
    this.#token = token;
  }

  /** Stores what a reload needs, as it is now. */
  remember(): void {
    const { title } = this.state();
    const { microphone, camera } = this.media.getState();
    sessionMemory.remember({
      link: this.link,
      session: this.#token,
      ...this.known(),
      title,
      microphone: microphone.on,
      camera: camera.on,
    });
  }

  /** Says goodbye now. */
  say(): void {
    this.#farewell.say();
  }

  /** A reload leads to the lobby from now on. */
  forget(): void {
    sessionMemory.forget();
    this.#farewell.stop();
  }
}
