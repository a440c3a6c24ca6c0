import { ConclaveError, MAX_NAME_LENGTH } from '@conclave/sdk';
import { type FormEvent, useId, useState } from 'react';
import { loadPreferences } from '../app/preferences';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { ShareLink } from '../start/ShareLink';
import { strings } from '../strings';
import { Brand } from '../ui/Brand';
import { Button } from '../ui/Button';
import { Privacy } from '../ui/Privacy';
import { DevicePickers } from './DevicePickers';
import { Preview } from './Preview';

const text = strings.lobby;

export function Lobby({ visit }: { visit: Visit }) {
  const lobby = useStore(visit.lobby);
  const { phase } = useStore(visit.meeting);
  const { url } = useStore(visit.share);
  const joining = phase.name === 'joining';
  const problem = phase.name === 'failed' ? phase.problem : lobby.problem;
  return (
    <main className="page lobby">
      <Brand />
      <div className="lobby-columns">
        <section className="lobby-device" aria-label={text.devices}>
          <Preview media={visit.media} />
          <DevicePickers media={visit.media} />
        </section>
        <section className="lobby-join">
          {visit.made && url && (
            <div className="invite">
              <h2>{strings.share.heading}</h2>
              <p>{strings.share.text}</p>
              <ShareLink link={url} />
            </div>
          )}
          <h1>{lobby.title || text.heading}</h1>
          {lobby.waitingRoom && <p>{text.waitingRoom}</p>}
          {lobby.muteOnStart && <p>{text.mutedOnStart}</p>}
          {/* Keyed: a name that the link fixes arrives after the form was drawn. */}
          <NameForm key={lobby.fixedName ?? ''} visit={visit} fixedName={lobby.fixedName} joining={joining} />
          <Trouble problem={problem} />
          <Privacy />
        </section>
      </div>
    </main>
  );
}

interface NameFormProps {
  visit: Visit;
  fixedName: string | undefined;
  joining: boolean;
}

function NameForm({ visit, fixedName, joining }: NameFormProps) {
  const [name, setName] = useState(() => fixedName ?? loadPreferences().name);
  const [missing, setMissing] = useState(false);
  const hint = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = name.trim();
    setMissing(given === '');
    if (given !== '') visit.join(given);
    else event.currentTarget.querySelector('input')?.focus();
  };
  return (
    <form onSubmit={submit} noValidate>
      <label className="field">
        <span>{text.name}</span>
        <input
          type="text"
          value={name}
          maxLength={MAX_NAME_LENGTH}
          autoComplete="name"
          readOnly={fixedName !== undefined}
          required
          aria-describedby={hint}
          aria-invalid={missing}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <p id={hint} className={missing ? 'problem' : 'hint'} role={missing ? 'alert' : undefined}>
        {missing ? text.nameMissing : text.nameHint}
      </p>
      <Button type="submit" look="primary" size="large" aria-disabled={joining}>
        {joining ? text.joining : text.join}
      </Button>
    </form>
  );
}

/** What went wrong with the link or the last try; the form stays, for trying again can help. */
function Trouble({ problem }: { problem: ConclaveError | null }) {
  if (!problem) return null;
  return (
    <p className="problem" role="alert">
      {problem.problem === 'busy' ? strings.errors.busy : strings.errors.network}
    </p>
  );
}
