import type { ConclaveError, Security } from '@conclave/sdk';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { ShareLink } from '../start/ShareLink';
import { strings } from '../strings';
import { Brand } from '../ui/Brand';
import { Privacy } from '../ui/Privacy';
import { DevicePickers } from './DevicePickers';
import { JoinForm } from './JoinForm';
import { Preview } from './Preview';

const text = strings.lobby;

export function Lobby({ visit }: { visit: Visit }) {
  const lobby = useStore(visit.lobby);
  const { phase, security } = useStore(visit.meeting);
  const { url } = useStore(visit.share);
  const problem = phase.name === 'failed' ? phase.problem : lobby.problem;
  return (
    <main className="page lobby">
      <Brand />
      <div className="lobby-columns">
        <section className="lobby-device" aria-label={text.devices}>
          <Preview media={visit.media} />
          <DevicePickers media={visit.media} />
        </section>
        <section className="lobby-join">
          {(visit.made || lobby.keyMade) && url && (
            <div className="invite">
              <h2>{strings.share.heading}</h2>
              <p>
                {strings.share.text} {linkHint(security)}
              </p>
              <ShareLink link={url} />
            </div>
          )}
          <h1 dir="auto">{lobby.title || visit.titleOf('') || text.heading}</h1>
          <SecurityBadge security={security} />
          {lobby.keyMade && <p role="status">{url ? text.passphrase.keyMade : text.passphrase.keyMadeLater}</p>}
          {lobby.waitingRoom && <p>{text.waitingRoom}</p>}
          {lobby.muteOnStart && <p>{text.mutedOnStart}</p>}
          {/* Keyed: a name that the link fixes arrives after the form was drawn. */}
          <JoinForm key={lobby.fixedName ?? ''} visit={visit} />
          <Trouble problem={problem} />
        </section>
      </div>
    </main>
  );
}

/** How the meeting is encrypted, and in one sentence what that means. */
function SecurityBadge({ security }: { security: Security }) {
  const { badge, ...words } = strings.security;
  switch (security.mode) {
    case 'unknown':
      return <Privacy sealed={null} text={badge.unknown} />;
    case 'off':
      return <Privacy sealed={false} heading={words.off} text={badge.off} />;
    case 'e2ee':
      return <Privacy sealed heading={words.e2ee} text={badge[security.by]} />;
  }
}

/** What is to be known of a link before it is passed on. */
function linkHint(security: Security): string {
  if (security.mode !== 'e2ee') return '';
  return security.by === 'key' ? strings.share.withKey : strings.share.withPassphrase;
}

/** What went wrong with the link or the last try; the form stays, for trying again can help. */
function Trouble({ problem }: { problem: ConclaveError | null }) {
  if (!problem) return null;
  const { busy, locked, network } = strings.errors;
  const sentence = problem.problem === 'busy' ? busy : problem.problem === 'locked' ? locked : network;
  return (
    <p className="problem" role="alert">
      {sentence}
    </p>
  );
}
