import type { Security } from '@conclave/sdk';
import { Lock, LockOpen, ShieldAlert } from 'lucide-react';
import { strings } from '../../strings';

const text = strings.security;

interface SecuritySignProps {
  security: Security;
  open: boolean;
  onToggle: () => void;
}

/** The lock in sight, always with its words; opens what there is to know and to check. */
export function SecuritySign({ security, open, onToggle }: SecuritySignProps) {
  const alarmed = security.mode === 'e2ee' && security.alarms.length > 0;
  const Icon = alarmed ? ShieldAlert : security.mode === 'off' ? LockOpen : Lock;
  return (
    <button
      type="button"
      className={`security-sign ${security.mode} ${alarmed ? 'alarmed' : ''}`}
      aria-controls="security"
      aria-expanded={open}
      onClick={onToggle}
    >
      <Icon aria-hidden size={16} />
      <span>{text[security.mode]}</span>
    </button>
  );
}
