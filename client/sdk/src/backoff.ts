/** Waiting times between attempts: doubled each time, and spread so that a crowd does not return at once. */
export interface BackoffOptions {
  first?: number;
  most?: number;
  random?: () => number;
}

/** Milliseconds to wait before attempt number `attempt` (from 1). */
export function backoffMillis(
  attempt: number,
  { first = 250, most = 8_000, random = Math.random }: BackoffOptions = {},
): number {
  const full = Math.min(most, first * 2 ** (attempt - 1));
  return full / 2 + (random() * full) / 2;
}

/** Resolves after `millis`; rejects with the signal's reason when it is aborted first. */
export function pause(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const timer = setTimeout(done, millis);
    signal?.addEventListener('abort', aborted, { once: true });
    function done(): void {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted(): void {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
  });
}
