/** Why there is no recording, in one word that a program can branch on. */
export type RecordingProblem =
  /** This browser cannot record. */
  | 'unsupported'
  /** The person chose no file. */
  | 'cancelled'
  /** The file could not be written: no room, or no permission any more. */
  | 'disk'
  /** The browser's recorder gave up. */
  | 'failed';

export class RecordingError extends Error {
  override readonly name = 'RecordingError';

  constructor(
    readonly problem: RecordingProblem,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
