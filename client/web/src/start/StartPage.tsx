import { ChevronRight } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import type { Router } from '../app/route';
import { StartRoom } from '../app/startRoom';
import { useStore } from '../app/useStore';
import { NoticePage } from '../pages/NoticePage';
import { Splash } from '../pages/Splash';
import { strings } from '../strings';
import { Brand } from '../ui/Brand';
import { Button } from '../ui/Button';
import { Privacy } from '../ui/Privacy';
import { Switch } from '../ui/Switch';

const text = strings.start;

export function StartPage({ router }: { router: Router }) {
  const [room] = useState(() => new StartRoom());
  const { status, problem } = useStore(room);
  const [title, setTitle] = useState('');
  const [encrypted, setEncrypted] = useState(true);
  useEffect(() => {
    document.title = strings.document('');
    void room.check();
  }, [room]);

  if (status === 'checking') return <Splash text={strings.pages.loading} />;
  if (status === 'unreachable') {
    return <NoticePage heading={strings.pages.failed.heading} text={text.unreachable} />;
  }
  if (status === 'closed') return <NoticePage heading={text.closedHeading} text={text.closed} />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void room.create({ title: title.trim(), encrypted }, router);
  };
  return (
    <main className="page start">
      <Brand />
      <div className="start-card">
        <h1>{text.heading}</h1>
        <p className="lead">{text.lead}</p>
        <form onSubmit={submit}>
          <label className="field">
            <span>{text.titleLabel}</span>
            <input
              type="text"
              value={title}
              maxLength={80}
              autoComplete="off"
              onChange={(event) => setTitle(event.target.value)}
            />
          </label>
          <details className="more-options">
            <summary>
              <ChevronRight aria-hidden size={18} />
              {text.more}
            </summary>
            <Switch {...text.unencrypted} on={!encrypted} onChange={(on) => setEncrypted(!on)} />
          </details>
          <Button type="submit" look="primary" size="large" disabled={status === 'creating'}>
            {status === 'creating' ? text.creating : text.create}
          </Button>
        </form>
        {problem && (
          <p className="problem" role="alert">
            {problem.httpStatus === 429 ? text.tooMany : text.unreachable}
          </p>
        )}
      </div>
      <Privacy sealed={encrypted} text={encrypted ? strings.security.start.e2ee : strings.security.start.off} />
    </main>
  );
}
