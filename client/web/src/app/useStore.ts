import type { Readable } from '@conclave/sdk';
import { useSyncExternalStore } from 'react';

/** The state of a store, drawn anew when it changes. */
export function useStore<T>(store: Readable<T>): T {
  return useSyncExternalStore(store.subscribe, store.getState);
}
