/** What people say and show each other in a room: chat, private messages and reactions. */
import { fromBase64url } from './base64url.js';
import type { Secrecy } from './e2ee/secrecy.js';
import type { Mailbox } from './mailbox.js';
import type { MeetingState } from './meetingState.js';
import type { Notice } from './notices.js';
import type { ChatBody, Mail, Person, Pid, Reaction } from './protocol.js';
import { Reactions } from './reactions.js';
import type { Store } from './store.js';
import { type ChatEntry, Talk } from './talk.js';
import { fromBytes, fromText, type Written } from './written.js';

/** Clocks of two devices may be so far apart, in milliseconds, that both remember one message. */
const APART_MILLIS = 120_000;

/** What was written so much before this page came, in milliseconds, is not new; clocks may be so far apart. */
const STALE_MILLIS = 300_000;

/** What is authenticated as the kind of a sealed message. */
export const CHAT_KIND = 'chat';

export interface ConversationEvents {
  notice(notice: Notice): void;
  /** Something new was written, by whomever. */
  written(entry: ChatEntry): void;
}

export class Conversation {
  /** Also of those who left: what they wrote stays. */
  readonly #names = new Map<Pid, string>();
  readonly #talk: Talk;
  readonly #reactions: Reactions;
  /** What is sealed takes a moment to open: what comes later waits for it. */
  #turn: Promise<void> = Promise.resolve();
  readonly #since = Date.now();

  constructor(
    private readonly store: Pick<Store<MeetingState>, 'set'>,
    self: () => Pid | undefined,
    private readonly secrecy: Pick<Secrecy, 'open' | 'isOn'>,
    private readonly events: ConversationEvents,
  ) {
    this.#talk = new Talk((pid) => this.#names.get(pid) ?? '', self);
    this.#reactions = new Reactions(() => store.set({ reactions: this.#reactions.shown }));
  }

  get mailbox(): Mailbox {
    return this.#talk.mailbox;
  }

  get entries(): readonly ChatEntry[] {
    return this.#talk.entries;
  }

  learn(people: Iterable<Pick<Person, 'pid' | 'name'>>): void {
    for (const { pid, name } of people) this.#names.set(pid, name);
  }

  wrote(pid: Pid, body: ChatBody): void {
    this.#take(pid, null, body);
  }

  mailed(mail: Mail): void {
    this.#take(mail.from, mail.to, mail);
  }

  /** What was written before, by this device's memory or as somebody tells it: stands before everything else. */
  before(entries: readonly ChatEntry[]): void {
    const known = this.#talk.entries;
    this.#talk.before(entries.filter((entry) => !known.some((other) => isSame(entry, other))));
    this.store.set({ chat: this.#talk.entries });
  }

  reacted(pid: Pid, reaction: Reaction): void {
    this.#reactions.show(pid, reaction);
  }

  /** Ends the reactions; what was written stays. */
  end(): void {
    this.#reactions.clear();
    this.store.set({ reactions: [] });
  }

  #take(from: Pid, to: Pid | null, body: ChatBody): void {
    // In order of arrival, whatever each takes.
    this.#turn = this.#turn
      .then(async () => this.#show(this.#talk.add(from, to, await this.#read(from, to, body))))
      .catch((error: unknown) => console.warn('conclave: a message could not be shown', error));
  }

  /** Nothing where it cannot be read: the key is another, it is not genuine, or it was said before this page came. */
  async #read(from: Pid, to: Pid | null, body: ChatBody): Promise<Written | undefined> {
    if (!this.secrecy.isOn) return body.text === undefined ? undefined : fromText(body.text);
    if (body.sealed === undefined) return undefined;
    try {
      const opened = await this.secrecy.open('chat', from, CHAT_KIND, to ?? undefined, fromBase64url(body.sealed));
      const said = typeof opened === 'string' ? undefined : fromBytes(opened);
      return said && said.at + STALE_MILLIS > this.#since ? said.written : undefined;
    } catch {
      return undefined;
    }
  }

  #show(entry: ChatEntry): void {
    this.store.set({ chat: this.#talk.entries });
    this.events.written(entry);
    if (!entry.own) this.events.notice({ type: 'chat', entry });
  }
}

/** One message as two devices remember it. */
function isSame(a: ChatEntry, b: ChatEntry): boolean {
  return a.from === b.from && a.to === b.to && a.text === b.text && Math.abs(a.at - b.at) < APART_MILLIS;
}
