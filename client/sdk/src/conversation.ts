/** What people say and show each other in a room: chat, private messages and reactions. */
import type { Mailbox } from './mailbox.js';
import type { MeetingState } from './meetingState.js';
import type { Notice } from './notices.js';
import type { Mail, Person, Pid, Reaction } from './protocol.js';
import { Reactions } from './reactions.js';
import type { Store } from './store.js';
import { type ChatEntry, Talk } from './talk.js';

export class Conversation {
  /** Also of those who left: what they wrote stays. */
  readonly #names = new Map<Pid, string>();
  readonly #talk: Talk;
  readonly #reactions: Reactions;

  constructor(
    private readonly store: Pick<Store<MeetingState>, 'set'>,
    self: () => Pid | undefined,
    private readonly notice: (notice: Notice) => void,
  ) {
    this.#talk = new Talk((pid) => this.#names.get(pid) ?? '', self);
    this.#reactions = new Reactions(() => store.set({ reactions: this.#reactions.shown }));
  }

  get mailbox(): Mailbox {
    return this.#talk.mailbox;
  }

  learn(people: Iterable<Pick<Person, 'pid' | 'name'>>): void {
    for (const { pid, name } of people) this.#names.set(pid, name);
  }

  wrote(pid: Pid, text: string): void {
    this.#show(this.#talk.public(pid, text));
  }

  mailed(mail: Mail): void {
    this.#show(this.#talk.private(mail));
  }

  reacted(pid: Pid, reaction: Reaction): void {
    this.#reactions.show(pid, reaction);
  }

  /** Ends the reactions; what was written stays. */
  end(): void {
    this.#reactions.clear();
    this.store.set({ reactions: [] });
  }

  #show(entry: ChatEntry): void {
    this.store.set({ chat: this.#talk.entries });
    if (!entry.own) this.notice({ type: 'chat', entry });
  }
}
