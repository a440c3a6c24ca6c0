import { expect, it } from 'vitest';
import { outcomeOf } from './meetingState.js';

it('tells a meeting that ended from a door that stayed shut', () => {
  expect(outcomeOf('ended')).toEqual({ name: 'ended', reason: null });
  expect(outcomeOf('refused')).toEqual({ name: 'removed', how: 'refused' });
});
