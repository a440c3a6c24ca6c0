/** What was written in the room, as this page saw it: nothing is stored, and a reload forgets it. */
import { Mailbox } from './mailbox.js';
import { type Mail, MAX_CHAT_LENGTH, type Pid } from './protocol.js';

export interface ChatEntry {
  readonly id: string;
  readonly from: Pid;
  /** As it was when this was written. */
  readonly name: string;
  /** Null where it was written to everyone. */
  readonly to: Pid | null;
  readonly toName: string | null;
  readonly text: string;
  /** Milliseconds since 1970 by this device's clock: when it came. */
  readonly at: number;
  readonly own: boolean;
}

/** Entries kept. */
const MOST = 500;

export class Talk {
  readonly mailbox = new Mailbox();
  #entries: readonly ChatEntry[] = [];
  #count = 0;

  constructor(
    private readonly nameOf: (pid: Pid) => string,
    private readonly self: () => Pid | undefined,
  ) {}

  get entries(): readonly ChatEntry[] {
    return this.#entries;
  }

  public(from: Pid, text: string): ChatEntry {
    return this.#add(from, null, text);
  }

  private({ from, to, text }: Mail): ChatEntry {
    return this.#add(from, to, text);
  }

  #add(from: Pid, to: Pid | null, text: string): ChatEntry {
    const entry: ChatEntry = {
      id: `chat-${++this.#count}`,
      from,
      name: this.nameOf(from),
      to,
      toName: to === null ? null : this.nameOf(to),
      text,
      at: Date.now(),
      own: from === this.self(),
    };
    this.#entries = [...this.#entries.slice(1 - MOST), entry];
    return entry;
  }
}

/** A text fit to be sent, or nothing: the owner drops what has other control characters than these. */
export function fitToSend(text: string): string | undefined {
  const plain = text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .trim();
  const fits = plain !== '' && charactersOf(plain) <= MAX_CHAT_LENGTH;
  return fits ? plain : undefined;
}

/** Length as the owner counts it: in characters, not in UTF-16 units. */
export function charactersOf(text: string): number {
  return [...text].length;
}
