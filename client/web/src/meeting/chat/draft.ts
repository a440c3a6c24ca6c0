/** What is being written, kept while the chat is closed. */
import type { Pid } from '@conclave/sdk';
import { attach } from './attachments';

export interface Draft {
  readonly text: string;
  /** Null: to everyone. The name stays, also when the person does not. */
  readonly to: { readonly pid: Pid; readonly name: string } | null;
  /** To be offered with the message. */
  readonly files: readonly File[];
  /** Why some of what was to be attached is not, one sentence each. */
  readonly refused: readonly string[];
}

export const EMPTY_DRAFT: Draft = { text: '', to: null, files: [], refused: [] };

export function withFiles(draft: Draft, added: Iterable<File>): Draft {
  const { files, problems } = attach(draft.files, added);
  return { ...draft, files, refused: problems };
}

export function withoutFile(draft: Draft, file: File): Draft {
  return { ...draft, files: draft.files.filter((each) => each !== file), refused: [] };
}
