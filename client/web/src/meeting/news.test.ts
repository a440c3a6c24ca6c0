import type { ChatEntry, Notice } from '@conclave/sdk';
import { expect, it, vi } from 'vitest';
import { toastsOf } from './news';

const context = { moderation: { admit: vi.fn() }, openChat: vi.fn() };
const texts = (notice: Notice) => toastsOf(notice, context).map(({ text }) => text);

const locks = { microphone: false, camera: false, screen: false, chat: false, private_chat: false, reactions: false, files: false };

it('rules are told by what changed', () => {
  const before = { locks: { ...locks, chat: true }, waiting_room: false };
  const rules = { locks: { ...locks, microphone: true }, waiting_room: true };
  expect(texts({ type: 'rules', before, rules })).toEqual([
    'A host locked microphones',
    'Everybody can write in the chat again',
    'New people wait at the door from now on',
  ]);
});

it('who switched off what is named where it is known', () => {
  expect(texts({ type: 'silenced', name: 'Ada', sources: ['microphone'] })).toEqual(['Ada muted you']);
  expect(texts({ type: 'silenced', name: '', sources: ['microphone', 'camera'] })).toEqual([
    'A host muted you and switched off your camera',
  ]);
});

const entry: ChatEntry = {
  id: '1',
  from: 'a',
  name: 'Ada',
  to: null,
  toName: null,
  text: '',
  at: 0,
  own: false,
  old: false,
  unreadable: false,
};

it('files are told by their names, and what does not open by nothing', () => {
  const file = { id: 'f', name: 'plan.pdf', size: 1, type: '' };
  expect(texts({ type: 'chat', entry: { ...entry, file } })).toEqual(['Ada offers a file: plan.pdf']);
  expect(texts({ type: 'chat', entry: { ...entry, file, to: 'me' } })).toEqual(['Ada offers you a file: plan.pdf']);
  expect(texts({ type: 'chat', entry: { ...entry, file, text: 'The plan' } })).toEqual(['Ada: The plan']);
  expect(texts({ type: 'chat', entry: { ...entry, unreadable: true } })).toEqual([
    'Ada: A message that your key does not open',
  ]);
});

it('private messages are told of as such', () => {
  expect(texts({ type: 'chat', entry: { ...entry, to: 'me', toName: 'Me', text: 'psst' } })).toEqual([
    'Ada, to you alone: psst',
  ]);
});

it('who waits can be let in at once', () => {
  const [toast] = toastsOf({ type: 'waiting', pid: 'w', name: 'Wes' }, context);
  toast?.action?.run();
  expect(context.moderation.admit).toHaveBeenCalledExactlyOnceWith('w');
  expect(toast?.waits).toBe('w');
});
