/** Reactions: choosing one, and showing those of others for a moment. */
import { type Meeting, type Pid, type Reaction, REACTIONS, type ShownReaction } from '@conclave/sdk';
import { strings } from '../strings';
import { MenuItem } from '../ui/Menu';

const text = strings.reactions;

const SIGNS: Record<Reaction, string> = {
  thumbs_up: '👍',
  applause: '👏',
  heart: '❤️',
  laugh: '😂',
  surprise: '😮',
  sad: '😢',
  celebrate: '🎉',
  thumbs_down: '👎',
};

export function ReactionItems({ meeting }: { meeting: Meeting }) {
  return REACTIONS.map((reaction) => (
    <MenuItem key={reaction} label={text.names[reaction]} onSelect={() => meeting.react(reaction)}>
      <span aria-hidden>{SIGNS[reaction]}</span>
    </MenuItem>
  ));
}

/** Rising over a tile, or over the stage with a name. */
export function Floating({ reactions, nameOf }: { reactions: readonly ShownReaction[]; nameOf?: (pid: Pid) => string }) {
  if (reactions.length === 0) return null;
  return (
    <span className="floating-reactions" aria-hidden>
      {reactions.map(({ id, pid, reaction }) => (
        <span key={id} className="reaction">
          {SIGNS[reaction]}
          {nameOf && <span className="reaction-name">{nameOf(pid)}</span>}
        </span>
      ))}
    </span>
  );
}

/** The same for whoever listens. */
export function ReactionsSaid({ reactions, nameOf }: { reactions: readonly ShownReaction[]; nameOf: (pid: Pid) => string }) {
  return (
    <div className="unseen" role="log">
      {reactions.map(({ id, pid, reaction }) => (
        <p key={id}>{text.said(nameOf(pid), text.names[reaction])}</p>
      ))}
    </div>
  );
}
