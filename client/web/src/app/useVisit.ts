import { useEffect, useState } from 'react';
import type { Route } from './route';
import { Visit } from './visit';

/** The visit that belongs to a route, begun and ended with it. */
export function useVisit(route: Route | undefined): Visit | undefined {
  const [visit, setVisit] = useState<Visit>();
  useEffect(() => {
    if (route?.page !== 'room') return;
    const begun = new Visit(route.ticket, route.pin);
    setVisit(begun);
    return () => {
      begun.close();
      setVisit(undefined);
    };
  }, [route]);
  return visit;
}
