import type { Person } from '@conclave/sdk';
import { EyeOff } from 'lucide-react';
import { useId } from 'react';
import { strings } from '../../strings';
import { Avatar } from '../../ui/Avatar';

/** Who looks and listens unseen; hosts alone are told. */
export function HiddenList({ hidden }: { hidden: readonly Person[] }) {
  const heading = useId();
  if (hidden.length === 0) return null;
  return (
    <section className="panel-section" aria-labelledby={heading}>
      <h3 id={heading}>
        <EyeOff aria-hidden size={16} />
        {strings.people.hidden}
      </h3>
      <ul className="people" aria-labelledby={heading}>
        {hidden.map(({ pid, name }) => (
          <li key={pid}>
            <Avatar name={name} id={pid} small />
            <span className="person-name" dir="auto">
              {name}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
