/** How what was written is parted: by time, by who says it, and by whether this page was there. */
import type { ChatEntry, Pid } from '@conclave/sdk';
import { strings } from '../../strings';

const text = strings.chat.old;

/** Within this time one goes on with what one said. */
const TOGETHER_MILLIS = 3 * 60_000;

export function goesOn(before: ChatEntry | undefined, { from, to, at }: ChatEntry): boolean {
  return before?.from === from && before.to === to && at - before.at < TOGETHER_MILLIS;
}

/** What stands above an entry whose origin is another than that of the one before it. */
export function dividerOf(
  before: ChatEntry | undefined,
  entry: ChatEntry,
  nameOf: (pid: Pid) => string,
): string | null {
  const isSame = before ? before.old === entry.old && before.toldBy === entry.toldBy : !entry.old;
  // A chat without anything from before needs no heading.
  if (isSame) return null;
  if (!entry.old) return text.now;
  return entry.toldBy === undefined ? text.kept : text.told(nameOf(entry.toldBy));
}
