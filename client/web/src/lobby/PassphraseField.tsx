import { Check, Eye, EyeOff, KeyRound } from 'lucide-react';
import { type RefObject, useId, useState } from 'react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { Button } from '../ui/Button';
import { type Given, readSecret } from './secret';
import { strengthOf } from './strength';

const text = strings.lobby.passphrase;

interface PassphraseFieldProps {
  field: RefObject<HTMLInputElement | null>;
  visit: Visit;
  value: string;
  /** True after somebody tried to come in without. */
  missing: boolean;
  onChange: (value: string) => void;
}

/** What opens a room of a passphrase: that, or the room's key or whole link. Says how strong it is. */
export function PassphraseField({ field, visit, value, missing, onChange }: PassphraseFieldProps) {
  const { host, unlocking } = useStore(visit.lobby);
  const [shown, setShown] = useState(false);
  const id = useId();
  const note = useId();
  const given = readSecret(value);
  const problem = given.kind === 'broken_link' ? text.brokenLink : missing && given.kind === 'nothing' ? text.missing : null;
  return (
    <div className="passphrase">
      <div className="field">
        <label htmlFor={id}>{text.label}</label>
        <div className="with-button">
          <input
            ref={field}
            id={id}
            type={shown ? 'text' : 'password'}
            value={value}
            required
            // Not a password of an account: browsers are to suggest and keep none.
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            aria-describedby={note}
            aria-invalid={problem !== null}
            onChange={(event) => onChange(event.target.value)}
          />
          <button
            type="button"
            className="icon-button"
            aria-label={shown ? text.hide : text.show}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff aria-hidden size={20} /> : <Eye aria-hidden size={20} />}
          </button>
        </div>
      </div>
      <div id={note} className="passphrase-note">
        {problem ? (
          <p className="problem" role="alert">
            {problem}
          </p>
        ) : (
          <Assessment given={given} host={host} />
        )}
      </div>
      {host && (
        <div className="make-key">
          <Button look="secondary" icon={KeyRound} aria-disabled={unlocking} onClick={() => void visit.makeKeyLink()}>
            {text.makeKey}
          </Button>
          <p className="hint">{text.makeKeyHint}</p>
        </div>
      )}
    </div>
  );
}

/** Plain words of what was typed so far. */
function Assessment({ given, host }: { given: Given; host: boolean }) {
  if (given.kind === 'key') return <p className="hint">{text.key}</p>;
  if (given.kind !== 'passphrase') return <p className="hint">{host ? text.hostHint : text.hint}</p>;
  const strength = strengthOf(given.passphrase);
  return (
    <>
      <span className={`strength ${strength}`} aria-hidden>
        <i />
        <i />
        <i />
        <i />
      </span>
      <p className="hint" role="status">
        {text.strength[strength]}
      </p>
    </>
  );
}

/** In place of the field once it has opened the room. */
export function Unlocked({ onChange }: { onChange: () => void }) {
  return (
    <p className="unlocked">
      <Check aria-hidden size={18} />
      {text.set}
      <Button look="quiet" size="small" onClick={onChange}>
        {text.change}
      </Button>
    </p>
  );
}
