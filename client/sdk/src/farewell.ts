/**
 * Says goodbye when the page goes away, so that others need not look at a frozen picture. The
 * page has no time to sign then, so a signed farewell always lies ready.
 */
import type { Api, PreparedLeave } from './api.js';
import { PROOF_WINDOW_SECONDS } from './proof.js';
import type { SessionRequest } from './protocol.js';

/** Chromium's part of the Navigation API that is used. */
interface NavigationLike extends EventTarget {
  readonly currentEntry: unknown;
}

export class Farewell {
  #ready: PreparedLeave | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reloadAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly api: Api) {}

  /** Keeps a farewell of this session ready until `stop`. */
  start(session: SessionRequest): void {
    this.stop();
    const prepare = async () => {
      this.#ready = await this.api.prepareLeave(session).catch(() => undefined);
    };
    void prepare();
    this.#timer = setInterval(() => void prepare(), (PROOF_WINDOW_SECONDS * 1000) / 3);
    addEventListener('pagehide', this.#onPageHide);
    navigation()?.addEventListener('navigate', this.#onNavigate);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#ready = undefined;
    removeEventListener('pagehide', this.#onPageHide);
    navigation()?.removeEventListener('navigate', this.#onNavigate);
  }

  /** Says it now. */
  say(): void {
    if (this.#ready) this.api.leave(this.#ready);
    this.#ready = undefined;
  }

  readonly #onPageHide = (): void => {
    // A reload comes right back; whoever does not is removed by the node's time-out.
    if (performance.now() - this.#reloadAt > 2_000) this.say();
  };

  readonly #onNavigate = (event: Event): void => {
    if ('navigationType' in event && event.navigationType === 'reload') {
      this.#reloadAt = performance.now();
    }
  };
}

function navigation(): NavigationLike | undefined {
  return (globalThis as { navigation?: NavigationLike }).navigation;
}
