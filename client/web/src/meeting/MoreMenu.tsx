import { Ellipsis, Settings, ShieldCheck } from 'lucide-react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { Menu, MenuItem } from '../ui/Menu';
import { RoundButton } from '../ui/RoundButton';
import type { Control } from './controls';
import { whyNot } from './controls';
import { ReactionItems } from './reactions';

const text = strings.bar;

interface MoreMenuProps {
  visit: Visit;
  screen: Control | null;
  onSettings: () => void;
  onHostControls: () => void;
}

/** What has no place in a phone's bar. */
export function MoreMenu({ visit, screen, onSettings, onHostControls }: MoreMenuProps) {
  const { self } = useStore(visit.meeting);
  const locked = whyNot(self, 'reactions');
  return (
    <Menu label={text.more} button={(opens) => <RoundButton label={text.more} icon={Ellipsis} {...opens} />}>
      {self?.allowed.reactions && (
        <>
          <div className="menu-reactions" role="group" aria-label={text.react}>
            <ReactionItems meeting={visit.meeting} />
          </div>
          <hr />
        </>
      )}
      {locked && self?.whyNot.reactions !== 'off' && (
        <MenuItem label={text.react} note={locked} locked onSelect={() => undefined} />
      )}
      {screen && (
        <MenuItem
          label={screen.label}
          icon={screen.icon}
          note={screen.locked ?? undefined}
          locked={screen.locked !== null}
          onSelect={screen.press}
        />
      )}
      {self?.allowed.moderate && <MenuItem label={text.host} icon={ShieldCheck} onSelect={onHostControls} />}
      <MenuItem label={text.settings} icon={Settings} onSelect={onSettings} />
    </Menu>
  );
}
