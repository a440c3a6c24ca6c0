/** What is being written, kept while the chat is closed. */
import type { Pid } from '@conclave/sdk';

export interface Draft {
  readonly text: string;
  /** Null: to everyone. The name stays, also when the person does not. */
  readonly to: { readonly pid: Pid; readonly name: string } | null;
}

export const EMPTY_DRAFT: Draft = { text: '', to: null };
