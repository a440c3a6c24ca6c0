/** Tries to get back into a room until it works, cannot, or nobody wants it any more. */
import { backoffMillis, pause } from './backoff.js';
import { ConclaveError } from './errors.js';

export interface MendingSteps {
  /** Told before each attempt, from 1, with what ended the one before. */
  starting(attempt: number, problem: ConclaveError | null): void;
  attempt(signal: AbortSignal): Promise<void>;
  /** Clears up after an attempt that failed. */
  failed(): void;
  /** Whether "the room is over" may be a restarting service's error: then it has to be said twice. */
  doubtsEnd(): boolean;
}

/** Time between the two. */
const CONFIRM_MILLIS = 3_000;

/** Resolves with what made it give up; with nothing where it succeeded or was aborted. */
export async function mend(steps: MendingSteps, signal: AbortSignal): Promise<ConclaveError | null> {
  let problem: ConclaveError | null = null;
  let endedAt: number | undefined;
  for (let attempt = 1; ; attempt++) {
    steps.starting(attempt, endedAt === undefined ? problem : null);
    try {
      await steps.attempt(signal);
      return null;
    } catch (thrown) {
      if (signal.aborted) return null;
      steps.failed();
      problem = ConclaveError.from(thrown);
      const ended = problem.problem === 'ended';
      const confirmed = Date.now() - (endedAt ?? Infinity) >= CONFIRM_MILLIS;
      const doubtful = ended && !confirmed && steps.doubtsEnd();
      endedAt = doubtful ? (endedAt ?? Date.now()) : undefined;
      // Faults of the service pass, too: it may be restarting.
      if (!doubtful && !problem.retryable && problem.problem !== 'service') return problem;
    }
    const wait = endedAt === undefined ? (problem.retryAfter ?? backoffMillis(attempt)) : CONFIRM_MILLIS;
    await pause(wait, signal).catch(() => undefined);
    if (signal.aborted) return null;
  }
}
