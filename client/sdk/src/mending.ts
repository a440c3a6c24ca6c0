/** Tries to get back into a room until it works, cannot, or nobody wants it any more. */
import { backoffMillis, pause } from './backoff.js';
import { ConclaveError } from './errors.js';

export interface MendingSteps {
  /** Told before each attempt, from 1, with what ended the one before. */
  starting(attempt: number, problem: ConclaveError | null): void;
  attempt(signal: AbortSignal): Promise<void>;
  /** Clears up after an attempt that failed. */
  failed(): void;
}

/** Resolves with what made it give up; with nothing where it succeeded or was aborted. */
export async function mend(steps: MendingSteps, signal: AbortSignal): Promise<ConclaveError | null> {
  let problem: ConclaveError | null = null;
  for (let attempt = 1; ; attempt++) {
    steps.starting(attempt, problem);
    try {
      await steps.attempt(signal);
      return null;
    } catch (thrown) {
      if (signal.aborted) return null;
      steps.failed();
      problem = ConclaveError.from(thrown);
      // Faults of the service pass, too: it may be restarting.
      if (!problem.retryable && problem.problem !== 'service') return problem;
    }
    await pause(problem.retryAfter ?? backoffMillis(attempt), signal).catch(() => undefined);
    if (signal.aborted) return null;
  }
}
