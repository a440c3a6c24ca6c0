import type { Security } from '@conclave/sdk';
import {
  CircleDot,
  Eye,
  EyeOff,
  HardDrive,
  Lock,
  LockOpen,
  type LucideIcon,
  ShieldAlert,
  ShieldCheck,
  Trash2,
} from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';
import { useKeep } from '../data/useKeep';
import { Panel } from '../Panel';
import { useRecorders } from '../recording/useRecorders';
import { alarmsOf } from './alarms';
import { Compared } from './Compared';
import { Words } from './Words';

const text = strings.security;

interface SecurityPanelProps {
  visit: Visit;
  /** Asks first. */
  onClear: () => void;
  onClose: () => void;
}

/** What protects the meeting, what was kept out, and what others and this device know of it. */
export function SecurityPanel({ visit, onClear, onClose }: SecurityPanelProps) {
  const { security } = useStore(visit.meeting);
  const recorders = useRecorders(visit);
  const alarmed = alarmsOf(security).length > 0;
  return (
    <Panel id="security" label={text.panel} heading={text.heading} onClose={onClose} className="security">
      <div className="panel-scroll">
        <Lead security={security} />
        {alarmed && <Alarms security={security} />}
        {security.mode === 'e2ee' && security.unlocked && (
          <>
            <Words meeting={visit.meeting} />
            <Compared visit={visit} />
          </>
        )}
        {security.mode === 'e2ee' && !alarmed && <Alarms security={security} />}
        {recorders && (
          <Section icon={CircleDot} heading={text.recording}>
            <p>{recorders}</p>
          </Section>
        )}
        <Seen security={security} />
        <Kept security={security} />
        <Button icon={Trash2} onClick={onClear}>
          {strings.data.clear}
        </Button>
      </div>
    </Panel>
  );
}

function Section({ icon: Icon, heading, children }: { icon: LucideIcon; heading: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="panel-section" aria-labelledby={id}>
      <h3 id={id}>
        <Icon aria-hidden size={16} />
        {heading}
      </h3>
      {children}
    </section>
  );
}

function Lead({ security }: { security: Security }) {
  if (security.mode === 'unknown') return <p role="status">{text.unknown}</p>;
  const sealed = security.mode === 'e2ee';
  const Icon = sealed ? Lock : LockOpen;
  return (
    <div className={`security-lead ${security.mode}`}>
      <Icon aria-hidden size={24} />
      <p>
        <strong>{text[security.mode]}.</strong> {sealed ? text.lead[security.by] : text.lead.off}{' '}
        {sealed && !security.unlocked && text.locked}
      </p>
    </div>
  );
}

function Alarms({ security }: { security: Security }) {
  const alarms = alarmsOf(security);
  return (
    <Section icon={alarms.length > 0 ? ShieldAlert : ShieldCheck} heading={text.alarms.heading}>
      {alarms.length === 0 ? (
        <p className="hint">{text.alarms.none}</p>
      ) : (
        <>
          <ul className="alarm-list">
            {alarms.map((alarm) => (
              <li key={alarm}>
                <strong>{text.alarms.short[alarm]}</strong> {text.alarms.long[alarm]}
              </li>
            ))}
          </ul>
          <p>{text.alarms.hint}</p>
        </>
      )}
    </Section>
  );
}

function Seen({ security }: { security: Security }) {
  const sealed = security.mode === 'e2ee';
  return (
    <>
      <Section icon={Eye} heading={text.server.heading}>
        <Facts facts={sealed ? text.server.e2ee : text.server.off} />
      </Section>
      {sealed && (
        <Section icon={EyeOff} heading={text.server.cannotHeading}>
          <Facts facts={text.server.cannot} />
          <p className="hint">{text.server.limit}</p>
        </Section>
      )}
    </>
  );
}

function Kept({ security }: { security: Security }) {
  const [keep] = useKeep();
  const { server, history, preferences, others, ...kept } = text.kept;
  const key = security.mode === 'e2ee' ? [kept[security.by]] : [];
  return (
    <Section icon={HardDrive} heading={kept.heading}>
      <Facts facts={[server, ...key, history[keep], preferences]} />
      <p className="hint">{others}</p>
    </Section>
  );
}

function Facts({ facts }: { facts: readonly string[] }) {
  return (
    <ul className="facts">
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}
