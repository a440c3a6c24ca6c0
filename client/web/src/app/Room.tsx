/** A room's pages in the order in which people see them: lobby, meeting, and how it ended. */
import { lazy, Suspense, useEffect } from 'react';
import { Lobby } from '../lobby/Lobby';
import { Waiting } from '../lobby/Waiting';
import { Displaced, Ended, Failed, Left, Removed } from '../pages/outcomes';
import { Splash } from '../pages/Splash';
import { strings } from '../strings';
import type { Router } from './route';
import { useStore } from './useStore';
import { canTryAgain, type Visit } from './visit';

const load = () => import('../meeting/MeetingPage');
const MeetingPage = lazy(load);

export function Room({ visit, router }: { visit: Visit; router: Router }) {
  const { phase, title } = useStore(visit.meeting);
  const lobby = useStore(visit.lobby);
  useEffect(() => {
    // While the lobby is looked at, so that the click on Join need not wait for it.
    void load();
  }, []);
  useEffect(() => {
    document.title = strings.document(visit.titleOf(title || lobby.title));
  }, [visit, title, lobby.title]);

  switch (phase.name) {
    case 'idle':
      return lobby.problem && !canTryAgain(lobby.problem) ? (
        <Failed problem={lobby.problem} router={router} />
      ) : (
        <Lobby visit={visit} />
      );
    case 'joining':
      return phase.returning ? <Splash text={strings.pages.returning} /> : <Lobby visit={visit} />;
    case 'waiting':
      return <Waiting visit={visit} as={phase.as} />;
    case 'connected':
    case 'reconnecting':
      return (
        <Suspense fallback={<Splash text={strings.pages.loading} />}>
          <MeetingPage visit={visit} />
        </Suspense>
      );
    case 'displaced':
      return <Displaced visit={visit} />;
    case 'left':
      return <Left router={router} />;
    case 'ended':
      return <Ended reason={phase.reason} router={router} />;
    case 'removed':
      return <Removed how={phase.how} router={router} />;
    case 'failed':
      return canTryAgain(phase.problem) ? (
        <Lobby visit={visit} />
      ) : (
        <Failed problem={phase.problem} router={router} />
      );
  }
}
