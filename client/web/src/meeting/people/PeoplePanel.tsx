import type { Participant } from '@conclave/sdk';
import { Hand, MicOff } from 'lucide-react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { ShareLink } from '../../start/ShareLink';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';
import { Panel } from '../Panel';
import { strangersOf } from '../security/people';
import { HiddenList } from './HiddenList';
import { LockedList } from './LockedList';
import { inOrder } from './order';
import { PersonRow } from './PersonRow';
import type { AboutPerson } from './PersonMenu';
import { WaitingList } from './WaitingList';

const text = strings.people;

interface PeoplePanelProps {
  visit: Visit;
  about: AboutPerson;
  onClose: () => void;
}

/** Who is here, who waits, and what may be done about it. */
export function PeoplePanel({ visit, about, onClose }: PeoplePanelProps) {
  const { meeting } = visit;
  const { people, self, backstage, security } = useStore(meeting);
  const { pids: verified } = useStore(visit.verified);
  const strangers = strangersOf(security);
  const { url } = useStore(visit.share);
  const moderates = self?.allowed.moderate ?? false;
  return (
    <Panel id="people" label={strings.bar.people} heading={strings.meeting.peopleHeading(people.length)} onClose={onClose}>
      <div className="panel-scroll">
        <WaitingList waiting={backstage.waiting} moderation={meeting.moderation} />
        {moderates && <ForAll people={people} moderation={meeting.moderation} />}
        <ul className="people" aria-label={strings.meeting.stage}>
          {inOrder(people).map(({ person, place }) => (
            <PersonRow
              key={person.pid}
              person={person}
              place={place}
              standing={strangers.has(person.pid) ? 'stranger' : verified.has(person.pid) ? 'verified' : null}
              meeting={meeting}
              about={about}
            />
          ))}
        </ul>
        <HiddenList hidden={backstage.hidden} />
        {self && !moderates && <LockedList self={self} />}
      </div>
      {url && (
        <section className="panel-section">
          <h3>{text.link}</h3>
          <ShareLink link={url} />
        </section>
      )}
    </Panel>
  );
}

interface ForAllProps {
  people: readonly Participant[];
  moderation: Visit['meeting']['moderation'];
}

function ForAll({ people, moderation }: ForAllProps) {
  const hands = people.some(({ hand }) => hand !== undefined);
  const guests = people.some(({ role }) => role === 'participant');
  if (!guests && !hands) return null;
  return (
    <div className="for-all">
      {guests && (
        <Button size="small" icon={MicOff} onClick={() => moderation.silence({ microphone: true })}>
          {text.muteAll}
        </Button>
      )}
      {hands && (
        <Button size="small" icon={Hand} onClick={() => moderation.lowerHand()}>
          {text.lowerAll}
        </Button>
      )}
    </div>
  );
}
