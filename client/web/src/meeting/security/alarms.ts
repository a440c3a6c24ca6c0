/** What was noticed and kept out, in sentences for people. */
import type { Alarm, Participant, Security } from '@conclave/sdk';
import { strings } from '../../strings';
import { isOddOneOut } from './people';

const text = strings.security;

/** Something to be shown until somebody has read it. */
export interface Warning {
  /** The same for the same thing: what is dismissed does not come back. */
  readonly id: 'alone' | Alarm;
  readonly sentence: string;
}

/** The weightiest first. */
const ORDER: readonly Alarm[] = ['wrong_sender', 'tampered', 'foreign', 'replayed', 'stale', 'codec'];

export function alarmsOf(security: Security): Alarm[] {
  if (security.mode !== 'e2ee') return [];
  return ORDER.filter((alarm) => security.alarms.includes(alarm));
}

/** All that is to be said now, one sentence each. */
export function warningsOf(security: Security, people: readonly Participant[]): Warning[] {
  const alarms = alarmsOf(security).map((alarm) => ({ id: alarm, sentence: text.alarms.short[alarm] }));
  if (!isOddOneOut(security, people)) return alarms;
  // What the others send is foreign to who has the wrong key: that is said once, and plainly.
  const others = alarms.filter(({ id }) => id !== 'foreign');
  return [{ id: 'alone', sentence: text.stranger.alone }, ...others];
}
