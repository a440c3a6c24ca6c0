/** What somebody may do in a room, from what the room is made for, its rules and the role. */
import type { Features, Publishing, RoomRole, Rules } from './protocol.js';

export interface Allowed extends Publishing {
  readonly chat: boolean;
  readonly privateChat: boolean;
  readonly files: boolean;
  readonly hand: boolean;
  readonly reactions: boolean;
  readonly moderate: boolean;
}

/** Why not: the room does not have it, a moderator locked it, it is for moderators, or for those who are seen. */
export type WhyNot = 'off' | 'locked' | 'moderators' | 'hidden';

export type Reasons = Readonly<Record<keyof Allowed, WhyNot | null>>;

/** For each right why it is not given; null where it is. Who is hidden looks and listens. */
export function reasons(features: Features, { locks }: Rules, role: RoomRole, hidden = false): Reasons {
  const moderates = role === 'moderator';
  const why = (has: boolean, locked: boolean): WhyNot | null => {
    if (!has) return 'off';
    if (hidden) return 'hidden';
    return locked && !moderates ? 'locked' : null;
  };
  const cameraForMe = moderates || !features.moderator_only_cameras;
  return {
    microphone: why(true, locks.microphone),
    camera: why(features.cameras, locks.camera) ?? (cameraForMe ? null : 'moderators'),
    screen: why(features.screens, locks.screen),
    chat: why(features.chat, locks.chat),
    privateChat: why(features.chat, locks.chat || locks.private_chat),
    files: why(features.files, locks.chat || locks.files),
    hand: why(features.hands, false),
    reactions: why(features.reactions, locks.reactions),
    moderate: moderates ? null : 'moderators',
  };
}

export function allowedBy(reasons: Reasons): Allowed {
  const given = Object.entries(reasons).map(([right, why]) => [right, why === null]);
  return Object.fromEntries(given) as Allowed;
}

export function sameReasons(a: Reasons, b: Reasons): boolean {
  return (Object.keys(a) as (keyof Allowed)[]).every((right) => a[right] === b[right]);
}
