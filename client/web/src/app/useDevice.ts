import { type Device, openDevice } from '@conclave/sdk';
import { useEffect, useState } from 'react';

/** What this browser keeps of Conclave; undefined until it is open. */
export function useDevice(): Device | undefined {
  const [device, setDevice] = useState<Device>();
  useEffect(() => {
    let wanted = true;
    openDevice().then(
      (opened) => wanted && setDevice(opened),
      // Then nothing is kept, and there is nothing to choose.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, []);
  return device;
}
