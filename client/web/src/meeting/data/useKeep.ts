import { type Keep, Store } from '@conclave/sdk';
import { useDevice } from '../../app/useDevice';
import { useStore } from '../../app/useStore';

const NEVER = new Store<{ readonly keep: Keep }>({ keep: 'never' });

/** For how long chat history is kept on this device, and how to choose. */
export function useKeep(): [Keep, (keep: Keep) => void] {
  const device = useDevice();
  const { keep } = useStore(device?.history ?? NEVER);
  return [keep, (chosen) => void device?.history.set(chosen)];
}
