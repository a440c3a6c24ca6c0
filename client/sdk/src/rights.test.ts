import { expect, it } from 'vitest';
import type { Features, Rules } from './protocol.js';
import { allowedBy, reasons } from './rights.js';

const features: Features = {
  cameras: true,
  moderator_only_cameras: false,
  screens: true,
  chat: true,
  hands: true,
  reactions: true,
  files: true,
  shared_history: false,
  local_recording: true,
};
const open: Rules = {
  locks: { microphone: false, camera: false, screen: false, chat: false, private_chat: false, reactions: false, files: false },
  waiting_room: false,
};
const locked = (change: Partial<Rules['locks']>): Rules => ({ ...open, locks: { ...open.locks, ...change } });

it('locks hold for participants and not for moderators', () => {
  const rules = locked({ microphone: true, chat: true });
  expect(reasons(features, rules, 'participant')).toMatchObject({
    microphone: 'locked',
    camera: null,
    chat: 'locked',
    privateChat: 'locked',
    moderate: 'moderators',
  });
  const host = allowedBy(reasons(features, rules, 'moderator'));
  expect(Object.values(host).every(Boolean)).toBe(true);
});

it('private chat is locked alone', () => {
  const guest = allowedBy(reasons(features, locked({ private_chat: true }), 'participant'));
  expect(guest).toMatchObject({ chat: true, privateChat: false });
});

it('what a room does not have, moderators do not have either', () => {
  const bare: Features = { ...features, cameras: false, chat: false, hands: false, reactions: false };
  expect(reasons(bare, open, 'moderator')).toMatchObject({ camera: 'off', chat: 'off', hand: 'off', reactions: 'off' });
});

it('cameras of moderators only say so', () => {
  const few: Features = { ...features, moderator_only_cameras: true };
  expect(reasons(few, open, 'participant').camera).toBe('moderators');
  expect(reasons(few, open, 'moderator').camera).toBeNull();
});

it('who is hidden sends nothing, and moderates where the role says so', () => {
  const hidden = reasons(features, open, 'moderator', true);
  expect(hidden).toMatchObject({ microphone: 'hidden', chat: 'hidden', hand: 'hidden', moderate: null });
  expect(reasons({ ...features, chat: false }, open, 'participant', true)).toMatchObject({
    chat: 'off',
    moderate: 'moderators',
  });
});
