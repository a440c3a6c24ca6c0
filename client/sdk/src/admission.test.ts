import { expect, it, vi } from 'vitest';
import { Admission } from './admission.js';
import type { Api } from './api.js';
import { base64url } from './base64url.js';
import { Clock } from './clock.js';

const START = 1_800_000_000;

function setting() {
  let seconds = START;
  let count = 0;
  const invite = vi.fn(async () => ({ token: `t${++count}`, expires_in: 600, title: 'Board', mute_on_start: false }));
  const clock = new Clock(() => seconds * 1000);
  return { api: { invite } as unknown as Api, invite, clock, wait: (by: number) => void (seconds += by) };
}

const tokenWith = (claims: object) => `x.${base64url(new TextEncoder().encode(JSON.stringify(claims)))}.y`;

it('exchanges an invite once, however often it is asked', async () => {
  const { api, invite, clock } = setting();
  const admission = new Admission(api, clock, { invite: 'i' });
  const [first, second] = await Promise.all([admission.get(), admission.get()]);
  expect(first).toBe(second);
  expect(await admission.get()).toMatchObject({ token: 't1', title: 'Board' });
  expect(invite).toHaveBeenCalledOnce();
});

it('exchanges it anew before the token expires', async () => {
  const { api, clock, wait } = setting();
  const admission = new Admission(api, clock, { invite: 'i' });
  await admission.get();
  wait(530);
  expect((await admission.get()).token).toBe('t1');
  wait(20);
  expect((await admission.get()).token).toBe('t2');
});

it('asks again after a failure', async () => {
  const { api, invite, clock } = setting();
  invite.mockRejectedValueOnce(new Error('offline'));
  const admission = new Admission(api, clock, { invite: 'i' });
  await expect(admission.get()).rejects.toThrow('offline');
  expect((await admission.get()).token).toBe('t1');
});

it('reads name and life of a join token, whatever script the name is in', async () => {
  const { api, clock } = setting();
  const token = tokenWith({ exp: START + 100, name: 'Cem Yılmaz' });
  const admitted = await new Admission(api, clock, { token }).get();
  expect(admitted).toMatchObject({ token, fixedName: 'Cem Yılmaz', expires: START + 100 });
});

it.each(['a.b.c', '', tokenWith({ exp: START }), tokenWith({})])('refuses the join token %j', async (token) => {
  const { api, clock } = setting();
  await expect(new Admission(api, clock, { token }).get()).rejects.toMatchObject({ problem: 'credential' });
});
