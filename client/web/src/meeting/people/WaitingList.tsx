import type { Meeting, Waiter } from '@conclave/sdk';
import { useId } from 'react';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';

const text = strings.people;

interface WaitingListProps {
  waiting: readonly Waiter[];
  moderation: Meeting['moderation'];
}

/** Who is at the door, the longest first. */
export function WaitingList({ waiting, moderation }: WaitingListProps) {
  const heading = useId();
  if (waiting.length === 0) return null;
  return (
    <section className="panel-section at-the-door" aria-labelledby={heading}>
      <header>
        <h3 id={heading}>{text.waiting(waiting.length)}</h3>
        {waiting.length > 1 && (
          <Button size="small" onClick={() => moderation.admit()}>
            {text.admitAll}
          </Button>
        )}
      </header>
      <ul className="people" aria-labelledby={heading}>
        {waiting.map(({ pid, name }) => (
          <li key={pid}>
            <span className="person-name" dir="auto">
              {name}
            </span>
            <Button size="small" aria-label={text.refuseOne(name)} onClick={() => moderation.remove(pid, false)}>
              {text.refuse}
            </Button>
            <Button size="small" look="primary" aria-label={text.admitOne(name)} onClick={() => moderation.admit(pid)}>
              {text.admit}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
