import { expect, it, vi } from 'vitest';
import type { Admission } from './admission.js';
import type { Api } from './api.js';
import { plainRoom } from './e2ee/plainRoom.testing.js';
import { Entrance } from './entrance.js';
import type { Preparation } from './preparation.js';

const media = { publishing: { microphone: true, camera: false, screen: false } };

/** An entrance whose requests are answered when the test says so. */
function setting(secrecy = plainRoom()) {
  let answer: (joined: { session: string }) => void = () => undefined;
  let refuse: (error: Error) => void = () => undefined;
  const pending = () => new Promise((resolve, reject) => ((answer = resolve), (refuse = reject)));
  const api = {
    join: vi.fn(pending),
    rejoin: vi.fn(pending),
    prepareLeave: vi.fn(async (body: object) => ({ url: '/v1/leave', body: JSON.stringify(body), headers: {} })),
    leave: vi.fn(),
  };
  const peer = { close: vi.fn() };
  const preparation = { get: async () => ({ key: { publicKey: 'U' }, peer, offer: 'sdp' }) } as unknown as Preparation;
  const admission = { get: async () => ({ token: 't', fixedName: undefined }) } as unknown as Admission;
  const entrance = new Entrance(api as unknown as Api, admission, preparation, media, secrecy);
  const stop = new AbortController();
  const ways = {
    join: () => entrance.join('Ada', stop.signal),
    rejoin: () => entrance.rejoin('older', stop.signal),
  };
  return { api, peer, stop, ways, answer: (session: string) => answer({ session }), refuse: () => refuse(new Error('late')) };
}

const WAYS = ['join', 'rejoin'] as const;

it.each(WAYS)('%s: asks once and hands on what came', async (way) => {
  const { api, peer, ways, answer } = setting();
  const entered = ways[way]();
  await vi.waitFor(() => expect(api[way]).toHaveBeenCalledOnce());
  answer('new');
  expect(await entered).toMatchObject({ joined: { session: 'new' }, asked: media.publishing });
  expect(api.leave).not.toHaveBeenCalled();
  expect(peer.close).not.toHaveBeenCalled();
});

it.each(WAYS)('%s: says farewell where nobody wants the answer any more', async (way) => {
  const { api, peer, stop, ways, answer } = setting();
  const entered = ways[way]();
  await vi.waitFor(() => expect(api[way]).toHaveBeenCalledOnce());
  stop.abort();
  expect(api.leave, 'there is nothing to say farewell to yet').not.toHaveBeenCalled();
  answer('late');
  await expect(entered).rejects.toThrow('abort');
  expect(peer.close).toHaveBeenCalledOnce();
  expect(api.prepareLeave).toHaveBeenCalledWith({ session: 'late', bus_key: 'U' });
  expect(api.leave).toHaveBeenCalledOnce();
});

it.each(WAYS)('%s: asks nothing where it was unwanted before', async (way) => {
  const { api, stop, ways } = setting();
  stop.abort();
  await expect(ways[way]()).rejects.toThrow('abort');
  expect(api[way]).not.toHaveBeenCalled();
});

it.each(WAYS)('%s: a refusal needs no farewell', async (way) => {
  const { api, stop, ways, refuse } = setting();
  const entered = ways[way]();
  await vi.waitFor(() => expect(api[way]).toHaveBeenCalledOnce());
  stop.abort();
  refuse();
  await expect(entered).rejects.toThrow('late');
  expect(api.leave).not.toHaveBeenCalled();
});

it('nobody comes in without the room\'s key', async () => {
  const secrecy = plainRoom();
  vi.mocked(secrecy.unlocked).mockRejectedValue(new Error('locked'));
  const { api, ways } = setting(secrecy);
  await expect(ways.join()).rejects.toThrow('locked');
  expect(api.join).not.toHaveBeenCalled();
});

it.each(WAYS)('%s: leaves where the answer says otherwise than the link', async (way) => {
  const secrecy = plainRoom();
  const { api, peer, ways, answer } = setting(secrecy);
  const entered = ways[way]();
  await vi.waitFor(() => expect(api[way]).toHaveBeenCalledOnce());
  vi.mocked(secrecy.learn).mockRejectedValue(new Error('downgraded'));
  answer('new');
  await expect(entered).rejects.toThrow('downgraded');
  expect(peer.close).toHaveBeenCalledOnce();
  expect(api.leave).toHaveBeenCalledOnce();
});
