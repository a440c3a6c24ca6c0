/** One JSON request to an edge: deadline, typed error, and repetition where that can help. */
import { backoffMillis, pause } from './backoff.js';
import { ConclaveError, type Problem } from './errors.js';
import type { Status } from './protocol.js';

export interface RequestOptions {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  /** Called for each attempt: a proof is used once. */
  headers?: () => Promise<Record<string, string>>;
  /** Milliseconds for one attempt. */
  deadline?: number;
  /** Milliseconds since 1970 after which no attempt begins. */
  giveUpAt?: number;
  signal?: AbortSignal;
  /** True where an attempt on its way is not aborted by `signal`: what its answer tells must be known. */
  seeThrough?: boolean;
  /** Sees each answer's `Date` header. */
  onDate?: (date: string | null) => void;
}

export type Fetch = typeof globalThis.fetch;

/** Attempts `options` until it succeeds, fails for good, or `giveUpAt` has passed. */
export async function request<T>(
  fetch: Fetch,
  base: string,
  options: RequestOptions,
): Promise<T> {
  const giveUpAt = options.giveUpAt ?? 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once<T>(fetch, base, options);
    } catch (thrown) {
      const error = ConclaveError.from(thrown);
      const wait = error.retryAfter ?? backoffMillis(attempt);
      if (!error.retryable || options.signal?.aborted || Date.now() + wait > giveUpAt) throw error;
      await pause(wait, options.signal);
    }
  }
}

async function once<T>(fetch: Fetch, base: string, options: RequestOptions): Promise<T> {
  const { method, path, body, deadline = 10_000 } = options;
  const signal = options.seeThrough ? undefined : options.signal;
  const headers = { ...(await options.headers?.()) };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const timeout = AbortSignal.timeout(deadline);
  let response: Response;
  let text: string;
  try {
    response = await fetch(base + path, {
      method,
      headers,
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body }),
    });
    text = await response.text();
  } catch (cause) {
    throw new ConclaveError('network', 'The server could not be reached.', { cause });
  }
  options.onDate?.(response.headers.get('date'));
  return read<T>(response, text);
}

function read<T>(response: Response, text: string): T {
  const httpStatus = response.status;
  let answer: (Status & T) | undefined;
  try {
    answer = JSON.parse(text) as Status & T;
  } catch {
    // A proxy's error page, say; judged by the HTTP status below.
  }
  if (response.ok && answer?.status !== false && answer !== undefined) return answer;
  const status = answer?.status_code ?? '';
  const message = answer?.msg ?? `The server answered with HTTP status ${httpStatus}.`;
  throw new ConclaveError(problemOf(httpStatus, status), message, {
    httpStatus,
    retryAfter: retryAfterMillis(response.headers.get('retry-after')),
  });
}

/** What an edge's refusal means; the pairs are those of `edge/core/src/errors.rs`. */
export function problemOf(httpStatus: number, statusCode: string): Problem {
  if (httpStatus === 409) return statusCode === 'CONFLICT' ? 'full' : 'busy';
  if (httpStatus === 408) return 'network';
  if ([429, 502, 503, 504].includes(httpStatus)) return 'busy';
  if (httpStatus >= 500 || httpStatus < 400) return 'service';
  if (statusCode === 'ROOM_NOT_ACTIVE' || statusCode === 'ROOM_NOT_FOUND') return 'ended';
  if (statusCode === 'USER_NOT_ACTIVE') return 'absent';
  if (statusCode === 'USER_BLOCKED') return 'blocked';
  if (statusCode === 'INVALID_TOKEN_OR_SIGNATURE') return 'credential';
  return 'refused';
}

/** `Retry-After` in seconds; its form as a date is not used by edges. */
function retryAfterMillis(header: string | null): number | undefined {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 60) * 1000 : undefined;
}
