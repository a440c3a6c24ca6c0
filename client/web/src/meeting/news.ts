/** What is shown of the meeting's notices, in words. */
import type { ChatEntry, Locks, Meeting, Notice, Rules } from '@conclave/sdk';
import { strings } from '../strings';
import type { NewToast } from './toastBoard';

const text = strings.notices;

export interface NewsContext {
  moderation: Pick<Meeting['moderation'], 'admit'>;
  openChat: () => void;
}

export function toastsOf(notice: Notice, { moderation, openChat }: NewsContext): NewToast[] {
  switch (notice.type) {
    case 'joined':
      return [{ text: text.joined(notice.name) }];
    case 'left':
      return [{ text: text[notice.reason](notice.name) }];
    case 'sharing':
      return [{ text: text.sharing(notice.name) }];
    case 'hand':
      return [{ text: text.hand(notice.name) }];
    case 'role':
      return [{ text: notice.role === 'moderator' ? text.host : text.guest }];
    case 'rules':
      return changesOf(notice.before, notice.rules).map((change) => ({ text: change }));
    case 'chat': {
      return [{ text: said(notice.entry), action: { label: text.openChat, run: openChat }, isMessage: true }];
    }
    case 'recording':
      return [{ text: notice.on ? strings.recording.began(notice.name) : strings.recording.ended(notice.name) }];
    case 'silenced':
      return [{ text: text.silenced(notice.name, notice.sources) }];
    case 'declined':
      return [{ text: `${text.declined[notice.what]} ${text.because[notice.why]}` }];
    case 'waiting': {
      const { pid, name } = notice;
      const action = { label: strings.people.admit, run: () => moderation.admit(pid) };
      return [{ text: text.waiting(name), action, waits: pid }];
    }
  }
}

/** A message in one sentence: what was written, else what came with it. */
function said({ to, name, text: written, file, unreadable }: ChatEntry): string {
  if (file && written === '') return to === null ? text.file(name, file.name) : text.fileToYou(name, file.name);
  const what = unreadable ? strings.chat.unreadable : written;
  return to === null ? text.chat(name, what) : text.chatToYou(name, what);
}

/** What is different under new rules. */
function changesOf(before: Rules, now: Rules): string[] {
  const kinds = Object.keys(now.locks) as (keyof Locks)[];
  const locks = kinds
    .filter((kind) => before.locks[kind] !== now.locks[kind])
    .map((kind) => (now.locks[kind] ? text.locked[kind] : text.unlocked[kind]));
  if (before.waiting_room === now.waiting_room) return locks;
  return [...locks, now.waiting_room ? text.waitingRoomOn : text.waitingRoomOff];
}
