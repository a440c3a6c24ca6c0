import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hostInviteFor } from './hostInvites';
import { ShareableLink } from './shareableLink';

const replaceState = vi.fn();
beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal('location', { origin: 'https://conclave.example' });
  vi.stubGlobal('history', { replaceState });
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  replaceState.mockClear();
});
afterEach(() => void vi.unstubAllGlobals());

it('each new link takes the place of the one before', async () => {
  const link = vi.fn(async (revoke?: string) => `${revoke ?? 'none'}+`);
  const share = new ShareableLink({ link }, 'a', undefined);
  expect(share.getState().url).toBe('https://conclave.example/room#i=a');
  await share.replace();
  await share.replace();
  expect(link.mock.calls).toEqual([['a'], ['a+']]);
  expect(share.getState()).toEqual({ url: 'https://conclave.example/room#i=a++', status: 'idle' });
  expect(replaceState, 'a guest\'s address is what a reload comes back by').not.toHaveBeenCalled();
});

it('whoever made the room stays its host under the new address', async () => {
  const share = new ShareableLink({ link: async () => 'b' }, 'a', 'host');
  await share.replace();
  expect(replaceState).toHaveBeenCalledWith(null, '', '/room#i=b');
  expect(hostInviteFor('b')).toBe('host');
});

it('a room of personal links gets its first, and a failure can be tried again', async () => {
  const link = vi.fn(async () => 'a').mockRejectedValueOnce(new Error('away'));
  const share = new ShareableLink({ link }, undefined, undefined);
  expect(share.getState().url).toBeUndefined();
  await share.replace();
  expect(share.getState()).toEqual({ url: undefined, status: 'failed' });
  await share.replace();
  expect(share.getState()).toEqual({ url: 'https://conclave.example/room#i=a', status: 'idle' });
});
