/** Chooses the page: by the browser's abilities, then the address, then the visit's state. */
import { checkSupport, type Unsupported } from '@conclave/sdk';
import { use } from 'react';
import { StartPage } from '../start/StartPage';
import { Splash } from '../pages/Splash';
import { IncompleteLink, UnsupportedPage } from '../pages/outcomes';
import { strings } from '../strings';
import { openPreferences } from './preferences';
import type { Router } from './route';
import { Room } from './Room';
import { useStore } from './useStore';
import { useVisit } from './useVisit';

const support: Promise<Unsupported | null> = checkSupport();
const preferences = openPreferences();

export function App({ router }: { router: Router }) {
  const unsupported = use(support);
  use(preferences);
  const route = useStore(router);
  const visit = useVisit(unsupported ? undefined : route);
  if (unsupported) return <UnsupportedPage reason={unsupported} />;
  switch (route.page) {
    case 'start':
      return <StartPage router={router} />;
    case 'incomplete':
      return <IncompleteLink lacks={route.lacks} router={router} />;
    case 'room':
      return visit ? <Room visit={visit} router={router} /> : <Splash text={strings.pages.loading} />;
  }
}
