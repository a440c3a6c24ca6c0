import { MAX_NAME_LENGTH } from '@conclave/sdk';
import { type FormEvent, useId, useRef, useState } from 'react';
import { loadPreferences } from '../app/preferences';
import { useStore } from '../app/useStore';
import type { Secret, Visit } from '../app/visit';
import { strings } from '../strings';
import { Button } from '../ui/Button';
import { PassphraseField, Unlocked } from './PassphraseField';
import { readSecret } from './secret';

const text = strings.lobby;

/** Who comes in, and what opens the room; one button for both. */
export function JoinForm({ visit }: { visit: Visit }) {
  const lobby = useStore(visit.lobby);
  const { phase, security } = useStore(visit.meeting);
  const [name, setName] = useState(() => lobby.fixedName ?? loadPreferences().name);
  const [secret, setSecret] = useState('');
  const [missing, setMissing] = useState<'name' | 'secret' | null>(null);
  const [changing, setChanging] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const secretField = useRef<HTMLInputElement>(null);
  const hint = useId();

  const joining = phase.name === 'joining';
  // Before a server has said what the link says, there is nothing to press that comes in.
  const unsure = visit.pinned && security.mode === 'unknown';
  const asks = security.mode === 'e2ee' && security.by === 'passphrase' && (!security.unlocked || changing);
  const hasPassphrase = security.mode === 'e2ee' && security.by === 'passphrase' && !asks;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (unsure) return void (lobby.status === 'failed' && visit.prepare());
    if (joining || lobby.unlocking) return;
    const given = asks ? secretOf(secret) : undefined;
    const lacks = given === null ? 'secret' : name.trim() === '' ? 'name' : null;
    setMissing(lacks);
    if (lacks === null) {
      setChanging(false);
      void visit.enter(name.trim(), given ?? undefined);
    } else {
      (lacks === 'name' ? nameField : secretField).current?.focus();
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      {asks && (
        <PassphraseField
          field={secretField}
          visit={visit}
          value={secret}
          missing={missing === 'secret'}
          onChange={setSecret}
        />
      )}
      {hasPassphrase && <Unlocked onChange={() => setChanging(true)} />}
      <label className="field">
        <span>{text.name}</span>
        <input
          ref={nameField}
          type="text"
          value={name}
          maxLength={MAX_NAME_LENGTH}
          autoComplete="name"
          readOnly={lobby.fixedName !== undefined}
          required
          aria-describedby={hint}
          aria-invalid={missing === 'name'}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <p id={hint} className={missing === 'name' ? 'problem' : 'hint'} role={missing === 'name' ? 'alert' : undefined}>
        {missing === 'name' ? text.nameMissing : text.nameHint}
      </p>
      <Button
        type="submit"
        look="primary"
        size="large"
        aria-disabled={joining || lobby.unlocking || (unsure && lobby.status !== 'failed')}
      >
        {labelOf({ joining, unlocking: lobby.unlocking, unsure, failed: lobby.status === 'failed' })}
      </Button>
    </form>
  );
}

function labelOf(is: { joining: boolean; unlocking: boolean; unsure: boolean; failed: boolean }): string {
  if (is.unlocking) return text.unlocking;
  if (is.joining) return text.joining;
  if (is.unsure) return is.failed ? text.again : text.checking;
  return text.join;
}

/** Null where nothing is given that could open a room. */
function secretOf(text: string): Secret | null {
  const given = readSecret(text);
  if (given.kind === 'passphrase') return { passphrase: given.passphrase };
  return given.kind === 'key' ? { key: given.key } : null;
}
