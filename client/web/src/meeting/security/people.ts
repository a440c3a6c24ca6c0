/** Who of the others holds which key, as far as this device can tell. */
import type { Participant, Pid, Security } from '@conclave/sdk';

/** Those who hold another key than this device. */
export function strangersOf(security: Security): ReadonlySet<Pid> {
  return new Set(security.mode === 'e2ee' ? security.strangers : []);
}

/** True where everybody else holds another key: then it is this device that has the wrong one. */
export function isOddOneOut(security: Security, people: readonly Participant[]): boolean {
  const strangers = strangersOf(security);
  const others = people.filter(({ self }) => !self);
  return others.length > 0 && others.every(({ pid }) => strangers.has(pid));
}

/** `pids` with or without one of them. */
export function marked(pids: ReadonlySet<Pid>, pid: Pid, on: boolean): ReadonlySet<Pid> {
  const others = [...pids].filter((each) => each !== pid);
  return new Set(on ? [...others, pid] : others);
}
