import { expect, it, vi } from 'vitest';
import { Conversation } from './conversation.js';
import { IDLE, type MeetingState } from './meetingState.js';
import { Store } from './store.js';

function setting() {
  const store = new Store<MeetingState>(IDLE);
  const notice = vi.fn();
  const conversation = new Conversation(store, () => 'me', notice);
  conversation.learn([
    { pid: 'me', name: 'Me' },
    { pid: 'ada', name: 'Ada' },
  ]);
  return { store, notice, conversation };
}

it('shows what was written, and tells of what others wrote', () => {
  const { store, notice, conversation } = setting();
  conversation.wrote('me', 'hello');
  expect(notice).not.toHaveBeenCalled();
  conversation.mailed({ number: 1, from: 'ada', to: 'me', text: 'psst' });
  expect(notice).toHaveBeenCalledExactlyOnceWith({ type: 'chat', entry: store.getState().chat[1] });
  expect(store.getState().chat).toMatchObject([
    { name: 'Me', to: null, own: true },
    { name: 'Ada', to: 'me', toName: 'Me', own: false },
  ]);
});

it('a name stays with what was written under it', () => {
  const { store, conversation } = setting();
  conversation.wrote('ada', 'first');
  conversation.learn([{ pid: 'ada', name: 'Ada L.' }]);
  conversation.wrote('ada', 'second');
  expect(store.getState().chat.map(({ name }) => name)).toEqual(['Ada', 'Ada L.']);
});

it('reactions end with the stay, and what was written does not', () => {
  const { store, conversation } = setting();
  conversation.wrote('ada', 'hello');
  conversation.reacted('ada', 'heart');
  expect(store.getState().reactions).toMatchObject([{ pid: 'ada', reaction: 'heart' }]);
  conversation.end();
  expect(store.getState().reactions).toEqual([]);
  expect(store.getState().chat).toHaveLength(1);
});
