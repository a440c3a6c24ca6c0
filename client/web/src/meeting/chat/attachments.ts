/** Which files can be attached to what is being written. */
import { MAX_FILE_BYTES } from '@conclave/sdk';
import { strings } from '../../strings';

const text = strings.chat.file;

/** Files of one message. */
export const MOST_FILES = 10;

interface Attached {
  readonly files: readonly File[];
  /** Why some were not taken, one sentence each. */
  readonly problems: readonly string[];
}

/** `files` with those of `added` that can be sent. */
export function attach(files: readonly File[], added: Iterable<File>): Attached {
  const taken = [...files];
  const problems: string[] = [];
  for (const file of added) {
    const problem = problemOf(file);
    if (problem) problems.push(problem);
    else if (!taken.some((each) => isSame(each, file))) taken.push(file);
  }
  if (taken.length > MOST_FILES) problems.push(text.tooMany(MOST_FILES));
  return { files: taken.slice(0, MOST_FILES), problems };
}

function problemOf({ name, size }: File): string | null {
  if (size > MAX_FILE_BYTES) return text.tooLarge(name, MAX_FILE_BYTES);
  // A folder that was dropped looks like this, too.
  return size === 0 ? text.empty(name) : null;
}

function isSame(a: File, b: File): boolean {
  return a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
}
