/** In which order people are listed. */
import type { Participant } from '@conclave/sdk';

export interface Listed {
  readonly person: Participant;
  /** Place among the raised hands, from 1. */
  readonly place: number | null;
}

/** Raised hands first, the longest before the others; then everybody in the order of coming. */
export function inOrder(people: readonly Participant[]): Listed[] {
  const raised = people
    .filter(({ hand }) => hand !== undefined)
    .sort((a, b) => (a.hand ?? 0) - (b.hand ?? 0))
    .map((person, index) => ({ person, place: index + 1 }));
  const others = people.filter(({ hand }) => hand === undefined).map((person) => ({ person, place: null }));
  return [...raised, ...others];
}
