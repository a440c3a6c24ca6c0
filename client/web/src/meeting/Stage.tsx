/** The room's picture: a grid of people, or a shared screen with people beside it. */
import type { LocalMediaState, Participant, Pid, ShownReaction, Want } from '@conclave/sdk';
import { useRef } from 'react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { useStreamOf } from '../ui/useStreamOf';
import { Alone } from './Alone';
import { type Box, besideScreen, bestTile, fit, howMany } from './layout';
import { Floating, ReactionsSaid } from './reactions';
import { strangersOf } from './security/people';
import { ScreenTile, Tile } from './Tile';
import { useSize } from './useSize';
import { useView, wantedHeight } from './useView';
import { chooseVisible } from './visible';

const text = strings.meeting;

/** With so few others, one's own picture stays small in a corner. */
const FEW = 2;

export function Stage({ visit, onPeople }: { visit: Visit; onPeople: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  const area = useSize(element);
  const { people, phase, reactions, security } = useStore(visit.meeting);
  const strangers = strangersOf(security);
  const media = useStore(visit.media);
  const dimmed = phase.name === 'reconnecting' ? 'dimmed' : '';
  // The screen of somebody with another key would be a place with nothing in it.
  const screens = people.filter(({ media: on, pid }) => on.screen && !strangers.has(pid));
  const sharing = screens.find(({ self }) => !self) ?? screens[0];
  return (
    <div ref={element} className={`stage ${dimmed}`} role="region" aria-label={text.stage}>
      {area.width > 0 &&
        (sharing ? (
          <ScreenStage {...{ visit, area, people, strangers, sharing, media, reactions, onPeople }} />
        ) : (
          <GridStage {...{ visit, area, people, strangers, media, reactions, onPeople }} />
        ))}
      <ReactionsSaid reactions={reactions} nameOf={(pid) => nameOf(people, pid)} />
    </div>
  );
}

interface StageProps {
  visit: Visit;
  area: Box;
  people: readonly Participant[];
  strangers: ReadonlySet<Pid>;
  media: LocalMediaState;
  reactions: readonly ShownReaction[];
  onPeople: () => void;
}

function GridStage({ visit, area, people, strangers, media, reactions, onPeople }: StageProps) {
  const { url } = useStore(visit.share);
  const own = useStreamOf(media.camera.track);
  const self = people.find((person) => person.self);
  const others = people.filter((person) => !person.self);
  const floats = others.length > 0 && others.length <= FEW;
  const inGrid = floats || !self ? others : [...others, self];
  const places = howMany(inGrid.length, area);
  const { shown, hidden } = useShown(others, self && !floats ? places - 1 : places);
  const tile = bestTile(shown.length + (self && !floats ? 1 : 0), area);
  useView(visit.meeting, shown.map((person) => cameraWant(person, tile)));
  return (
    <>
      <div className="grid">
        {shown.map((person) => (
          <Tile
            key={person.pid}
            person={person}
            stream={person.streams.camera ?? null}
            size={tile}
            reactions={reactions}
            stranger={strangers.has(person.pid)}
          />
        ))}
        {self && !floats && <Tile key={self.pid} person={self} stream={own} size={tile} reactions={reactions} />}
      </div>
      {self && floats && (
        <Tile
          person={self}
          stream={own}
          size={fit(area.height > area.width ? 3 / 4 : 16 / 9, corner(area))}
          reactions={reactions}
          floating
        />
      )}
      {others.length === 0 && <Alone link={url} />}
      <More count={hidden} onClick={onPeople} />
      <Elsewhere reactions={reactions} people={people} shown={shown} />
    </>
  );
}

function ScreenStage(props: StageProps & { sharing: Participant }) {
  const { visit, area, people, strangers, sharing, media, reactions, onPeople } = props;
  const own = useStreamOf(media.camera.track);
  const ownScreen = useStreamOf(media.screen.track);
  const layout = besideScreen(area);
  const self = people.find((person) => person.self);
  const others = people.filter((person) => !person.self);
  const { shown, hidden } = useShown(others, Math.max(1, layout.places - (self ? 1 : 0)));
  const screen: Want[] = sharing.self
    ? []
    : [{ pid: sharing.pid, kind: 'screen', height: wantedHeight(area.height) }];
  useView(visit.meeting, [...screen, ...shown.map((person) => cameraWant(person, layout.tile))]);
  return (
    <div className={`with-screen ${layout.side}`}>
      <ScreenTile person={sharing} stream={sharing.self ? ownScreen : (sharing.streams.screen ?? null)} />
      <div className="strip">
        {shown.map((person) => (
          <Tile
            key={person.pid}
            person={person}
            stream={person.streams.camera ?? null}
            size={layout.tile}
            reactions={reactions}
            stranger={strangers.has(person.pid)}
          />
        ))}
        {self && <Tile key={self.pid} person={self} stream={own} size={layout.tile} reactions={reactions} />}
      </div>
      <More count={hidden} onClick={onPeople} />
      <Elsewhere reactions={reactions} people={people} shown={shown} />
    </div>
  );
}

/** Who is shown, steady from one drawing to the next. */
function useShown(others: readonly Participant[], places: number) {
  const before = useRef<Pid[]>([]);
  const shown = chooseVisible(before.current, others, places);
  before.current = shown.map(({ pid }) => pid);
  return { shown, hidden: others.length - shown.length };
}

/** Asked for whether or not the camera is on, so that it is there at once when it goes on. */
function cameraWant({ pid }: Participant, tile: Box): Want {
  return { pid, kind: 'camera', height: wantedHeight(tile.height) };
}

function corner(area: Box): Box {
  const width = Math.min(240, Math.max(104, area.width * 0.22));
  return { width, height: area.height * 0.28 };
}

interface ElsewhereProps {
  reactions: readonly ShownReaction[];
  people: readonly Participant[];
  shown: readonly Participant[];
}

/** Reactions of people who have no tile. */
function Elsewhere({ reactions, people, shown }: ElsewhereProps) {
  const tiles = new Set([...shown, ...people.filter(({ self }) => self)].map(({ pid }) => pid));
  return (
    <div className="reactions-elsewhere">
      <Floating reactions={reactions.filter(({ pid }) => !tiles.has(pid))} nameOf={(pid) => nameOf(people, pid)} />
    </div>
  );
}

function nameOf(people: readonly Participant[], pid: Pid): string {
  return people.find((person) => person.pid === pid)?.name ?? '';
}

function More({ count, onClick }: { count: number; onClick: () => void }) {
  if (count === 0) return null;
  return (
    <button type="button" className="more" onClick={onClick}>
      {text.more(count)}
    </button>
  );
}
