/**
 * Says goodbye when the page goes away, so that others need not look at a frozen picture. The
 * page has no time to sign then, so a signed farewell always lies ready. A reload says goodbye
 * too: no browser tells the two apart in time.
 */
import type { Api, PreparedLeave } from './api.js';
import { PROOF_WINDOW_SECONDS } from './proof.js';
import type { SessionRequest } from './protocol.js';

export class Farewell {
  #ready: PreparedLeave | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly api: Api) {}

  /** Keeps a farewell of this session ready until `stop`. */
  start(session: SessionRequest): void {
    this.stop();
    const prepare = async () => {
      this.#ready = await this.api.prepareLeave(session).catch(() => undefined);
    };
    void prepare();
    this.#timer = setInterval(() => void prepare(), (PROOF_WINDOW_SECONDS * 1000) / 3);
    addEventListener('pagehide', this.#say);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#ready = undefined;
    removeEventListener('pagehide', this.#say);
  }

  /** Says it now. */
  say(): void {
    if (this.#ready) this.api.leave(this.#ready);
    this.#ready = undefined;
  }

  readonly #say = (): void => this.say();
}
