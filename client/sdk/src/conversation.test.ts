import { expect, it, vi } from 'vitest';
import { Conversation } from './conversation.js';
import { plainRoom } from './e2ee/plainRoom.testing.js';
import { IDLE, type MeetingState } from './meetingState.js';
import { Store } from './store.js';

function setting() {
  const store = new Store<MeetingState>(IDLE);
  const notice = vi.fn();
  const conversation = new Conversation(store, () => 'me', plainRoom(), { notice, written: () => undefined });
  conversation.learn([
    { pid: 'me', name: 'Me' },
    { pid: 'ada', name: 'Ada' },
  ]);
  return { store, notice, conversation };
}

it('shows what was written, and tells of what others wrote', async () => {
  const { store, notice, conversation } = setting();
  conversation.wrote('me', { text: 'hello' });
  await vi.waitFor(() => expect(store.getState().chat).toHaveLength(1));
  expect(notice).not.toHaveBeenCalled();
  conversation.mailed({ number: 1, from: 'ada', to: 'me', text: 'psst' });
  await vi.waitFor(() => expect(store.getState().chat).toHaveLength(2));
  expect(notice).toHaveBeenCalledExactlyOnceWith({ type: 'chat', entry: store.getState().chat[1] });
  expect(store.getState().chat).toMatchObject([
    { name: 'Me', to: null, own: true },
    { name: 'Ada', to: 'me', toName: 'Me', own: false },
  ]);
});

it('a name stays with what was written under it', async () => {
  const { store, conversation } = setting();
  conversation.wrote('ada', { text: 'first' });
  await vi.waitFor(() => expect(store.getState().chat).toHaveLength(1));
  conversation.learn([{ pid: 'ada', name: 'Ada L.' }]);
  conversation.wrote('ada', { text: 'second' });
  await vi.waitFor(() => expect(store.getState().chat).toHaveLength(2));
  expect(store.getState().chat.map(({ name }) => name)).toEqual(['Ada', 'Ada L.']);
});

it('reactions end with the stay, and what was written does not', async () => {
  const { store, conversation } = setting();
  conversation.wrote('ada', { text: 'hello' });
  await vi.waitFor(() => expect(store.getState().chat).toHaveLength(1));
  conversation.reacted('ada', 'heart');
  expect(store.getState().reactions).toMatchObject([{ pid: 'ada', reaction: 'heart' }]);
  conversation.end();
  expect(store.getState().reactions).toEqual([]);
  expect(store.getState().chat).toHaveLength(1);
});
