/** Who has a tile when there are more people than places. */
import type { Participant, Pid } from '@conclave/sdk';

/**
 * Keeps whoever was visible where they were, so that nothing jumps; a speaker without a tile takes
 * the place of somebody who is silent, and a camera that of somebody without.
 */
export function chooseVisible(
  before: readonly Pid[],
  people: readonly Participant[],
  places: number,
): Participant[] {
  const byPid = new Map(people.map((person) => [person.pid, person]));
  const kept = before.flatMap((pid) => byPid.get(pid) ?? []);
  const known = new Set(before);
  const ordered = [...kept, ...people.filter(({ pid }) => !known.has(pid))];
  const shown = ordered.slice(0, places);
  const waiting = ordered.slice(places).sort((a, b) => rank(b) - rank(a));
  for (const person of waiting) {
    const lowest = Math.min(...shown.map(rank));
    if (rank(person) <= lowest) break;
    shown[shown.findLastIndex((other) => rank(other) === lowest)] = person;
  }
  return shown;
}

function rank({ speaking, media }: Participant): number {
  return (speaking ? 2 : 0) + (media.camera ? 1 : 0);
}
