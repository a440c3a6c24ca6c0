import { expect, it, vi } from 'vitest';
import { ConclaveError } from './errors.js';
import { problemOf, request } from './http.js';

const answer = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const failure = (status: number, code: string, msg = '', headers = {}) =>
  answer(status, { status: false, msg, status_code: code }, headers);
const ok = () => answer(200, { status: true, msg: 'success', status_code: 'SUCCESS', title: 'A' });
const post = (fetch: typeof globalThis.fetch, giveUpAt = 0) =>
  request<{ title: string }>(fetch, 'https://edge', { method: 'POST', path: '/v1/invite', body: '{}', giveUpAt });

it('returns the fields of a success', async () => {
  expect((await post(async () => ok())).title).toBe('A');
});

it.each([
  [401, 'INVALID_TOKEN_OR_SIGNATURE', 'credential'],
  [403, 'INVALID_TOKEN_OR_SIGNATURE', 'credential'],
  [404, 'ROOM_NOT_ACTIVE', 'ended'],
  [404, 'USER_NOT_ACTIVE', 'absent'],
  [409, 'CONFLICT', 'full'],
  [409, 'INVALID_TOKEN_OR_SIGNATURE', 'busy'],
  [429, 'CONFLICT', 'busy'],
  [503, 'INTERNAL_SERVER_ERROR', 'busy'],
  [500, 'INTERNAL_SERVER_ERROR', 'service'],
  [400, 'INVALID_PARAMETERS', 'refused'],
  [200, 'UNKNOWN_STATUS', 'service'],
])('HTTP %i %s is the problem "%s"', (http, code, problem) => {
  expect(problemOf(http, code)).toBe(problem);
});

it('repeats what may pass, with new headers, until it does', async () => {
  vi.useFakeTimers();
  const answers = [failure(503, 'INTERNAL_SERVER_ERROR', '', { 'retry-after': '1' }), ok()];
  const proofs = ['one', 'two'];
  const sent: string[] = [];
  const fetch = async (_: RequestInfo | URL, init?: RequestInit) => {
    sent.push(new Headers(init?.headers).get('proof') ?? '');
    return answers.shift()!;
  };
  const result = request(fetch, '', {
    method: 'POST',
    path: '/',
    headers: async () => ({ proof: proofs.shift()! }),
    giveUpAt: Date.now() + 10_000,
  });
  await vi.advanceTimersByTimeAsync(1_500);
  await expect(result).resolves.toMatchObject({ title: 'A' });
  expect(sent).toEqual(['one', 'two']);
  vi.useRealTimers();
});

it('does not repeat a refusal', async () => {
  const fetch = vi.fn(async () => failure(409, 'CONFLICT', 'the room is full'));
  await expect(post(fetch, Date.now() + 10_000)).rejects.toMatchObject({ problem: 'full', httpStatus: 409 });
  expect(fetch).toHaveBeenCalledOnce();
});

it('gives up at its time', async () => {
  const fetch = vi.fn(async () => failure(503, 'INTERNAL_SERVER_ERROR'));
  await expect(post(fetch)).rejects.toMatchObject({ problem: 'busy', retryable: true });
  expect(fetch).toHaveBeenCalledOnce();
});

it('calls no answer and no JSON by their names', async () => {
  await expect(post(async () => Promise.reject(new TypeError('refused')))).rejects.toMatchObject({
    problem: 'network',
    fault: 'network',
  });
  const page = post(async () => new Response('<html>', { status: 200 }));
  await expect(page).rejects.toBeInstanceOf(ConclaveError);
});

it('sees an attempt through where that is asked for, and makes no other', async () => {
  const stop = new AbortController();
  const fetch = vi.fn(async (_: RequestInfo | URL, init?: RequestInit) => {
    stop.abort();
    expect(init?.signal?.aborted).toBe(false);
    return fetch.mock.calls.length === 1 ? failure(503, 'INTERNAL_SERVER_ERROR') : ok();
  });
  const options = { method: 'POST' as const, path: '/', giveUpAt: Date.now() + 10_000, signal: stop.signal, seeThrough: true };
  await expect(request(fetch, '', options)).rejects.toMatchObject({ problem: 'busy' });
  expect(fetch).toHaveBeenCalledOnce();
});
