import { LogOut, PhoneOff } from 'lucide-react';
import { strings } from '../strings';
import { Menu, MenuItem } from '../ui/Menu';
import { RoundButton } from '../ui/RoundButton';

const { bar, host } = strings;

interface LeaveButtonProps {
  onLeave: () => void;
  /** For hosts: asks whether to end the meeting for all. */
  onEnd?: () => void;
}

/** Leaves at once; hosts choose between leaving and ending. */
export function LeaveButton({ onLeave, onEnd }: LeaveButtonProps) {
  if (!onEnd) return <RoundButton label={bar.leave} icon={PhoneOff} tone="danger" onClick={onLeave} />;
  return (
    <Menu
      label={bar.leave}
      button={(opens) => <RoundButton label={bar.leave} icon={PhoneOff} tone="danger" {...opens} />}
    >
      <MenuItem label={bar.leave} icon={LogOut} note={host.leaveHint} onSelect={onLeave} />
      <MenuItem label={host.end} icon={PhoneOff} note={host.endHint} danger onSelect={onEnd} />
    </Menu>
  );
}
