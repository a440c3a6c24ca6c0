import type { Features, Locks, Rules } from '@conclave/sdk';
import { useEffect, useState } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Switch } from '../../ui/Switch';
import { LinkControl } from './LinkControl';

const text = strings.host;

interface HostControlsProps {
  visit: Visit;
  onEnd: () => void;
  onClose: () => void;
}

/** What hosts decide for the whole room. */
export function HostControls({ visit, onEnd, onClose }: HostControlsProps) {
  const { rules: actual, features } = useStore(visit.meeting);
  const [rules, want] = useWanted(actual);
  if (!rules || !features) return null;
  const set = (change: Partial<Rules>) => {
    const wanted = { ...rules, ...change };
    want(wanted);
    visit.meeting.moderation.setRules(wanted);
  };
  return (
    <Dialog heading={text.heading} onClose={onClose} wide>
      <div className="host-controls">
        <p className="hint">{text.lead}</p>
        {locksOf(features).map((lock) => (
          <Switch
            key={lock}
            {...text.locks[lock]}
            on={rules.locks[lock]}
            onChange={(on) => set({ locks: { ...rules.locks, [lock]: on } })}
          />
        ))}
        <Switch {...text.waitingRoom} on={rules.waiting_room} onChange={(on) => set({ waiting_room: on })} />
        <LinkControl visit={visit} />
        <Button look="danger" onClick={onEnd}>
          {text.end}
        </Button>
      </div>
    </Dialog>
  );
}

/** What was not done in this time will not be. */
const PATIENCE_MILLIS = 3_000;

/** What was just asked for, until the room's owner has said what is so. */
function useWanted<T>(actual: T): [T, (wanted: T) => void] {
  const [wanted, setWanted] = useState<{ value: T } | null>(null);
  useEffect(() => setWanted(null), [actual]);
  useEffect(() => {
    if (!wanted) return;
    const timer = setTimeout(() => setWanted(null), PATIENCE_MILLIS);
    return () => clearTimeout(timer);
  }, [wanted]);
  return [wanted ? wanted.value : actual, (value) => setWanted({ value })];
}

/** What the room does not have need not be locked. */
function locksOf({ cameras, screens, chat, reactions, files }: Features): (keyof Locks)[] {
  const has: Record<keyof Locks, boolean> = {
    microphone: true,
    camera: cameras,
    screen: screens,
    chat,
    private_chat: chat,
    files,
    reactions,
  };
  return (Object.keys(has) as (keyof Locks)[]).filter((lock) => has[lock]);
}
