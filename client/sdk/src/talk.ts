/** What was written in the room, as this page saw it. */
import { Mailbox } from './mailbox.js';
import { MAX_CHAT_LENGTH, type Pid } from './protocol.js';
import type { FileOffer } from './security.js';
import type { Written } from './written.js';

export interface ChatEntry {
  readonly id: string;
  readonly from: Pid;
  /** As it was when this was written. */
  readonly name: string;
  /** Null where it was written to everyone. */
  readonly to: Pid | null;
  readonly toName: string | null;
  /** Empty where a file is offered, and where it cannot be read. */
  readonly text: string;
  readonly file?: FileOffer;
  /** True where the writer holds another key, or somebody changed it on its way. */
  readonly unreadable: boolean;
  /** True of what was written before this page came, as this device remembers it or somebody tells it. */
  readonly old: boolean;
  /** Who tells it, where it was somebody else's memory. */
  readonly toldBy?: Pid;
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

  /** Takes what was written; nothing where it cannot be read. */
  add(from: Pid, to: Pid | null, written: Written | undefined): ChatEntry {
    const entry: ChatEntry = {
      id: `chat-${++this.#count}`,
      from,
      name: this.nameOf(from),
      to,
      toName: to === null ? null : this.nameOf(to),
      text: written?.text ?? '',
      ...(written?.file && { file: written.file }),
      unreadable: written === undefined,
      old: false,
      at: Date.now(),
      own: from === this.self(),
    };
    this.#entries = [...this.#entries.slice(1 - MOST), entry];
    return entry;
  }

  /** Puts older entries before all others. */
  before(entries: readonly ChatEntry[]): void {
    const older = [...this.#entries.filter(({ old }) => old), ...entries].sort((a, b) => a.at - b.at);
    this.#entries = [...older, ...this.#entries.filter(({ old }) => !old)].slice(-MOST);
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
