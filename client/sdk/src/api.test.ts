import { expect, it, vi } from 'vitest';
import { Api } from './api.js';
import { Clock } from './clock.js';
import { PROOF_HEADER } from './proof.js';

const SESSION = { session: 's', bus_key: 'U' };
const OUTSIDE = 3_600;

/** An edge whose time is `ahead` of this device's; it refuses proofs as edges do, in words of its own. */
function edge({ ahead = 0, refuses = false, dated = true }) {
  const sent: number[] = [];
  const fetch = vi.fn(async (_: RequestInfo | URL, init?: RequestInit) => {
    const now = Math.floor(Date.now() / 1000) + ahead;
    const seconds = Number(new Headers(init?.headers).get(PROOF_HEADER)?.split('.')[2]);
    sent.push(seconds);
    const well = !refuses && Math.abs(now - seconds) <= 60;
    const body = well
      ? { status: true, msg: 'success', status_code: 'SUCCESS', role: 'participant' }
      : { status: false, msg: 'nope', status_code: 'INVALID_TOKEN_OR_SIGNATURE' };
    const headers: Record<string, string> = dated ? { date: new Date(now * 1000).toUTCString() } : {};
    return new Response(JSON.stringify(body), { status: well ? 200 : 401, headers });
  });
  const key = async () => ({ publicKey: 'k', sign: async () => new Uint8Array(64) });
  return { fetch, api: new Api({ clock: new Clock(), key, fetch }), sent };
}

it.each([OUTSIDE, -OUTSIDE])('signs once more by the time of the edge that is %i s ahead', async (ahead) => {
  const { api, sent } = edge({ ahead });
  await expect(api.renew(SESSION, {})).resolves.toMatchObject({ role: 'participant' });
  expect(sent).toHaveLength(2);
  expect(Math.abs(sent[1]! - sent[0]! - ahead)).toBeLessThanOrEqual(2);
  await api.renew(SESSION, {});
  expect(sent, 'it is learned for good').toHaveLength(3);
});

it('signs a refused request once only where the time was right', async () => {
  const { api, fetch } = edge({ refuses: true });
  await expect(api.renew(SESSION, {})).rejects.toMatchObject({ problem: 'credential' });
  expect(fetch).toHaveBeenCalledOnce();
});

it('makes no third attempt', async () => {
  const { api, fetch } = edge({ ahead: OUTSIDE, refuses: true });
  await expect(api.renew(SESSION, {})).rejects.toMatchObject({ problem: 'credential' });
  expect(fetch).toHaveBeenCalledTimes(2);
});

it('does not guess where the edge tells no time', async () => {
  const { api, fetch } = edge({ ahead: OUTSIDE, dated: false });
  await expect(api.renew(SESSION, {})).rejects.toMatchObject({ problem: 'credential' });
  expect(fetch).toHaveBeenCalledOnce();
});
