import type { Pin } from '@conclave/sdk';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hostInviteFor } from './hostInvites';
import { ShareableLink } from './shareableLink';

const NONE: Pin = { mode: 'none' };
const KEY = 'K'.repeat(43);
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
  const link = vi.fn(async (revoke?: string) => `${revoke ?? 'none'}-`);
  const share = new ShareableLink({ link }, { invite: 'a', hostInvite: undefined, pin: NONE });
  expect(share.getState().url).toBe('https://conclave.example/room#i=a');
  await share.replace();
  await share.replace();
  expect(link.mock.calls).toEqual([['a'], ['a-']]);
  expect(share.getState()).toEqual({ url: 'https://conclave.example/room#i=a--', status: 'idle' });
  expect(replaceState, 'a guest\'s address is what a reload comes back by').not.toHaveBeenCalled();
});

it('whoever made the room stays its host under the new address', async () => {
  const share = new ShareableLink({ link: async () => 'b' }, { invite: 'a', hostInvite: 'host', pin: NONE });
  await share.replace();
  expect(replaceState).toHaveBeenCalledWith(null, '', '/room#i=b');
  expect(hostInviteFor('b')).toBe('host');
});

it('a room of personal links gets its first, and a failure can be tried again', async () => {
  const link = vi.fn(async () => 'a').mockRejectedValueOnce(new Error('away'));
  const share = new ShareableLink({ link }, { invite: undefined, hostInvite: undefined, pin: NONE });
  expect(share.getState().url).toBeUndefined();
  await share.replace();
  expect(share.getState()).toEqual({ url: undefined, status: 'failed' });
  await share.replace();
  expect(share.getState()).toEqual({ url: 'https://conclave.example/room#i=a', status: 'idle' });
});

it('a new link keeps the key and the name, wherever it is shown', async () => {
  const pin: Pin = { mode: 'key', key: KEY, title: 'Board of all' };
  const share = new ShareableLink({ link: async () => 'b' }, { invite: 'a', hostInvite: 'host', pin });
  expect(share.getState().url).toBe(`https://conclave.example/room#i=a&k=${KEY}&n=Board%20of%20all`);
  await share.replace();
  expect(share.getState().url).toBe(`https://conclave.example/room#i=b&k=${KEY}&n=Board%20of%20all`);
  expect(replaceState).toHaveBeenCalledWith(null, '', `/room#i=b&k=${KEY}&n=Board%20of%20all`);
});

it('what is learned of the encryption is in the link from then on', async () => {
  const share = new ShareableLink({ link: async () => 'b' }, { invite: undefined, hostInvite: undefined, pin: NONE });
  share.repin({ mode: 'passphrase' });
  expect(share.getState().url).toBeUndefined();
  await share.replace();
  expect(share.getState().url).toBe('https://conclave.example/room#i=b&p=1');
  share.repin({ mode: 'key', key: KEY });
  expect(share.getState().url).toBe(`https://conclave.example/room#i=b&k=${KEY}`);
});
