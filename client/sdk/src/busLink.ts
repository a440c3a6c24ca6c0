/**
 * Keeps a participant on the bus: reconnects with growing pauses, and renews the credential well
 * before it expires. NATS knows no second authentication, so a renewed credential means a second
 * connection, which catches up before the first is closed.
 */
import { backoffMillis, pause } from './backoff.js';
import { type BusConnection, type BusKey, type BusMessage, connectBus } from './busConnection.js';
import { ConclaveError, type Problem } from './errors.js';
import type { BusAddress, BusCredential, FromModerator, FromOne } from './protocol.js';

export interface BusLinkOptions {
  address: BusAddress;
  /** Where this person stands: before the door nothing is heard but the decision. */
  before?: 'door';
  credential: BusCredential;
  key: BusKey;
  /** Fetches a new credential; rejects with a `ConclaveError`. */
  renew: (signal: AbortSignal) => Promise<BusCredential>;
  onMessage: (message: BusMessage) => void;
  /** A connection is there: the place to catch up. */
  onUp: () => void;
  onDown: () => void;
  /** The credential is refused for good. */
  onRefused: (error: ConclaveError) => void;
  connect?: typeof connectBus;
}

/** Refusals of a renewal that no repetition changes. */
const FINAL: ReadonlySet<Problem> = new Set<Problem>(['credential', 'ended', 'absent', 'blocked']);
/** Share of a credential's life after which it is renewed. */
const RENEW_AT = 0.7;
/** The owner beats every second: this long without any message and the connection is dead. */
const SILENCE_MILLIS = 6_000;

export class BusLink {
  readonly #stop = new AbortController();
  readonly #connect: typeof connectBus;
  #credential: BusCredential;
  #obtained = Date.now();
  /** True where the rights on the bus have changed since it was issued. */
  #outdated = false;
  #current: BusConnection | undefined;
  #lastHeard = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #renewing: ReturnType<typeof setTimeout> | undefined;
  /** What only rights allow that are on their way. */
  #held: ((connection: BusConnection) => void)[] = [];

  constructor(private readonly options: BusLinkOptions) {
    this.#credential = options.credential;
    this.#connect = options.connect ?? connectBus;
  }

  get up(): boolean {
    return this.#current !== undefined;
  }

  start(): void {
    if (!this.options.before) this.#watch = setInterval(() => this.#checkSilence(), 1_000);
    this.#scheduleRenewal();
    void this.#open(0);
  }

  publish<K extends keyof FromOne>(kind: K, body: FromOne[K]): void {
    this.#current?.publish(kind, body);
  }

  moderate<K extends keyof FromModerator>(kind: K, body: FromModerator[K]): void {
    if (this.#outdated) this.#held.push((connection) => connection.moderate(kind, body));
    else this.#current?.moderate(kind, body);
  }

  /** The rights changed: fetches a credential with the new ones. */
  renewNow(): void {
    this.#outdated = true;
    clearTimeout(this.#renewing);
    void this.#renewInTime();
  }

  /** Ends the link; what was published before is sent. */
  async close(): Promise<void> {
    this.#stop.abort(new ConclaveError('network', 'The link was closed.'));
    clearInterval(this.#watch);
    clearTimeout(this.#renewing);
    const current = this.#current;
    this.#current = undefined;
    await current?.close();
  }

  async #open(failures: number): Promise<void> {
    try {
      if (failures > 0) {
        await pause(backoffMillis(failures), this.#stop.signal);
        if (failures > 1 || this.#outdated || this.#expired()) await this.#renew();
      }
      await this.#replace();
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      const error = thrown instanceof ConclaveError ? thrown : unreachable(thrown);
      if (FINAL.has(error.problem)) {
        this.options.onRefused(error);
      } else {
        void this.#open(failures + 1);
      }
    }
  }

  /** Connects with the credential at hand, then lets go of an older connection. */
  async #replace(): Promise<void> {
    const { address, key, before } = this.options;
    const next = await this.#connect(this.#credential, key, { ...address, before }, (message) => {
      this.#lastHeard = Date.now();
      this.options.onMessage(message);
    });
    if (this.#stop.signal.aborted) return void next.close();
    const former = this.#current;
    this.#current = next;
    this.#lastHeard = Date.now();
    void next.closed.then(() => this.#lost(next));
    this.options.onUp();
    void former?.close();
    if (!this.#outdated) this.#say(next);
  }

  #say(connection: BusConnection): void {
    for (const say of this.#held) say(connection);
    this.#held = [];
  }

  #lost(connection: BusConnection): void {
    if (this.#current !== connection || this.#stop.signal.aborted) return;
    this.#current = undefined;
    this.options.onDown();
    void this.#open(1);
  }

  #checkSilence(): void {
    const connection = this.#current;
    if (!connection || Date.now() - this.#lastHeard < SILENCE_MILLIS) return;
    void connection.close();
    this.#lost(connection);
  }

  #scheduleRenewal(): void {
    const life = this.#credential.expires_in * 1000 * RENEW_AT;
    this.#renewing = setTimeout(() => void this.#renewInTime(), life);
  }

  async #renewInTime(): Promise<void> {
    try {
      await this.#renew();
      if (this.#current) await this.#replace();
    } catch {
      this.#held = [];
      // The connection stands until the credential expires; then `#open` renews or reports.
    }
  }

  async #renew(): Promise<void> {
    this.#credential = await this.options.renew(this.#stop.signal);
    this.#outdated = false;
    this.#obtained = Date.now();
    clearTimeout(this.#renewing);
    this.#scheduleRenewal();
  }

  #expired(): boolean {
    return Date.now() - this.#obtained > this.#credential.expires_in * 1000;
  }
}

/** What the NATS client throws: refused, timed out, not authorized any more. All of it is tried again. */
function unreachable(cause: unknown): ConclaveError {
  return new ConclaveError('network', 'The bus could not be reached.', { cause });
}
