/** Who records, in one sentence. */
import type { MeetingState, Participant } from '@conclave/sdk';
import { strings } from '../../strings';

const text = strings.recording;

/** Null where nobody records. One's own recording counts from the moment it runs, not from the owner's word. */
export function recordersOf(people: readonly Participant[], own: MeetingState['recording']): string | null {
  const others = people.filter(({ self, recording }) => recording && !self).map(({ name }) => name);
  if (own !== 'on') return others.length > 0 ? text.others(others) : null;
  return others.length > 0 ? text.withSelf(others) : text.self;
}
