/** What went wrong, in one word that a program can branch on. */
export type Problem =
  /** No answer: offline, refused, or too late. */
  | 'network'
  /** The service is there but cannot now. */
  | 'busy'
  /** The service answered something that it must not. */
  | 'service'
  /** This device's clock is so wrong that its proofs are refused. */
  | 'clock'
  /** The link, token or session is not valid (any more). */
  | 'credential'
  /** The room has as many people as it may. */
  | 'full'
  /** The room is over. */
  | 'ended'
  /** This person is not in the room any more; the room may go on. */
  | 'absent'
  /** A moderator removed this person. */
  | 'blocked'
  /** The service does not want this request, whatever is retried. */
  | 'refused'
  /** This browser lacks something. */
  | 'unsupported'
  /** The link says that the room is end-to-end encrypted, and a server says that it is not. */
  | 'downgraded'
  /** The room is end-to-end encrypted, and this browser cannot do that. */
  | 'no_encryption'
  /** The room is end-to-end encrypted, and this device has no key yet. */
  | 'locked';

/** Who has to do something about it. */
export type Fault = 'network' | 'service' | 'person' | 'browser';

const FAULTS: Record<Problem, Fault> = {
  network: 'network',
  busy: 'service',
  service: 'service',
  clock: 'person',
  credential: 'person',
  full: 'person',
  ended: 'person',
  absent: 'service',
  blocked: 'person',
  refused: 'service',
  unsupported: 'browser',
  downgraded: 'service',
  no_encryption: 'browser',
  locked: 'person',
};

const RETRYABLE: ReadonlySet<Problem> = new Set<Problem>(['network', 'busy']);

export class ConclaveError extends Error {
  override readonly name = 'ConclaveError';
  readonly fault: Fault;
  readonly retryable: boolean;
  /** Milliseconds that the service asked to wait. */
  readonly retryAfter: number | undefined;
  /** HTTP status, where there was an answer. */
  readonly httpStatus: number | undefined;

  constructor(
    readonly problem: Problem,
    message: string,
    options: { cause?: unknown; retryAfter?: number | undefined; httpStatus?: number } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.fault = FAULTS[problem];
    this.retryable = RETRYABLE.has(problem);
    this.retryAfter = options.retryAfter;
    this.httpStatus = options.httpStatus;
  }

  /** Anything thrown, as one of these. */
  static from(error: unknown): ConclaveError {
    if (error instanceof ConclaveError) return error;
    // Whatever is not one of ours is a fault in this code: it must not go unseen.
    console.error('conclave:', error);
    const message = error instanceof Error ? error.message : String(error);
    return new ConclaveError('service', message, { cause: error });
  }
}
