/**
 * Who is who in an encrypted room: says hello for this page, takes the hellos of others, and holds the word that
 * somebody came until their name is known.
 */
import type { Secrecy } from './e2ee/secrecy.js';
import type { Person, Pid } from './protocol.js';

/**
 * How often a page says hello again, in milliseconds: one that is older than five minutes counts no more, and who
 * comes late gets the latest from the node.
 */
const HELLO_MILLIS = 90_000;
/** How long the word that somebody came waits for the name that only their hello tells, in milliseconds. */
const NAME_MILLIS = 3_000;

export interface IntroductionEvents {
  publish(hello: string): void;
  /** Somebody came whose name was awaited; it is known now, or will not be. */
  came(pid: Pid): void;
}

type Introduced = Pick<Person, 'pid'> & { readonly hello?: string };

export class Introductions {
  /** The last hello that was taken, of each. */
  readonly #hellos = new Map<Pid, string>();
  readonly #nameless = new Map<Pid, ReturnType<typeof setTimeout>>();
  /** Who is there and has shown no key yet. */
  readonly #unproven = new Map<Pid, ReturnType<typeof setTimeout>>();
  #again: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly secrecy: Secrecy,
    /** As this person wants to be called. */
    private readonly name: () => string,
    private readonly events: IntroductionEvents,
  ) {}

  /** The bus is there: says hello now, and again. */
  start(): void {
    clearInterval(this.#again);
    if (!this.secrecy.isOn) return;
    this.#again = setInterval(() => this.#say(), HELLO_MILLIS);
    this.#say();
  }

  /** Takes the hellos that are new, of everybody who is there but oneself. */
  hear(people: Iterable<Introduced>, own: Pid): void {
    if (!this.secrecy.isOn) return;
    const there = new Set<Pid>();
    for (const { pid, hello } of people) {
      there.add(pid);
      if (pid !== own) this.#prove(pid, hello !== undefined || this.secrecy.isTrusted(pid));
      if (hello === undefined || pid === own || this.#hellos.get(pid) === hello) continue;
      this.#hellos.set(pid, hello);
      this.secrecy.hear(pid, hello).catch(() => undefined);
    }
    for (const pid of [...this.#hellos.keys(), ...this.#unproven.keys()]) {
      if (there.has(pid)) continue;
      this.#hellos.delete(pid);
      this.#prove(pid, true);
      this.secrecy.gone(pid);
    }
  }

  /** Whoever says no hello in time is nobody who is known to hold the key, whatever name a server gives them. */
  #prove(pid: Pid, proven: boolean): void {
    if (proven) {
      clearTimeout(this.#unproven.get(pid));
      this.#unproven.delete(pid);
    } else if (!this.#unproven.has(pid)) {
      this.#unproven.set(pid, setTimeout(() => this.secrecy.suspect(pid), NAME_MILLIS));
    }
  }

  /** True where the word that this person came has to wait for their name. */
  awaits(pid: Pid): boolean {
    if (!this.secrecy.isOn || this.secrecy.nameOf(pid) !== undefined) return false;
    clearTimeout(this.#nameless.get(pid));
    this.#nameless.set(pid, setTimeout(() => this.#came(pid), NAME_MILLIS));
    return true;
  }

  /** Names may have become known. */
  look(): void {
    for (const pid of [...this.#nameless.keys()]) {
      if (this.secrecy.nameOf(pid) !== undefined) this.#came(pid);
    }
  }

  end(): void {
    clearInterval(this.#again);
    for (const waiting of [this.#nameless, this.#unproven]) {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    }
    this.#hellos.clear();
  }

  #say(): void {
    this.secrecy
      .hello(this.name())
      .then((hello) => this.events.publish(hello))
      .catch((error: unknown) => console.warn('conclave: no hello could be made', error));
  }

  #came(pid: Pid): void {
    clearTimeout(this.#nameless.get(pid));
    this.#nameless.delete(pid);
    this.events.came(pid);
  }
}
