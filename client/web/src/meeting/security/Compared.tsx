import type { Participant } from '@conclave/sdk';
import { useId } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import { Avatar } from '../../ui/Avatar';
import { marked, strangersOf } from './people';
import { StrangerSign } from './StrangerSign';

const text = strings.security.people;

/** With whom the words were compared. It is this person's own mark, and nobody is told of it. */
export function Compared({ visit }: { visit: Visit }) {
  const heading = useId();
  const { people, security } = useStore(visit.meeting);
  const { pids } = useStore(visit.verified);
  const strangers = strangersOf(security);
  const others = people.filter(({ self }) => !self);
  const mark = ({ pid }: Participant, on: boolean) => visit.verified.set({ pids: marked(pids, pid, on) });
  return (
    <section className="panel-section" aria-labelledby={heading}>
      <h3 id={heading}>{text.heading}</h3>
      <p className="hint">{others.length > 0 ? text.text : text.nobody}</p>
      <ul className="compared">
        {others.map((person) => (
          <li key={person.pid}>
            {strangers.has(person.pid) ? (
              <>
                <Avatar name={person.name} id={person.pid} small />
                <span className="person-name" dir="auto">
                  {person.name}
                </span>
                <StrangerSign />
              </>
            ) : (
              <label>
                <Avatar name={person.name} id={person.pid} small />
                <span className="person-name" dir="auto">
                  {person.name}
                </span>
                <input
                  type="checkbox"
                  aria-label={text.same(person.name)}
                  checked={pids.has(person.pid)}
                  onChange={(event) => mark(person, event.target.checked)}
                />
              </label>
            )}
          </li>
        ))}
      </ul>
      {others.map(({ pid, name }) =>
        strangers.has(pid) ? (
          <p key={pid} className="hint">
            {strings.security.stranger.text(name)}
          </p>
        ) : null,
      )}
    </section>
  );
}
