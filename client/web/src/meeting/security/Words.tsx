import type { Meeting } from '@conclave/sdk';
import { useEffect, useId, useState } from 'react';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';

const text = strings.security.words;

/** The words that all who hold the same key have in common: large, in order, to be read aloud. */
export function Words({ meeting }: { meeting: Meeting }) {
  const heading = useId();
  const [words, setWords] = useState<readonly string[] | 'busy' | 'failed'>('busy');
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let wanted = true;
    setWords('busy');
    meeting.words().then(
      (six) => wanted && setWords(six),
      () => wanted && setWords('failed'),
    );
    return () => {
      wanted = false;
    };
  }, [meeting, attempt]);
  return (
    <section className="panel-section" aria-labelledby={heading}>
      <h3 id={heading}>{text.heading}</h3>
      <p>{text.text}</p>
      <div aria-live="polite" aria-busy={words === 'busy'}>
        {words === 'busy' && (
          <p className="words-busy">
            <span className="spinner" aria-hidden />
            {text.busy}
          </p>
        )}
        {words === 'failed' && (
          <p className="problem">
            {text.failed}{' '}
            <Button look="quiet" size="small" onClick={() => setAttempt(attempt + 1)}>
              {text.again}
            </Button>
          </p>
        )}
        {typeof words !== 'string' && (
          <ol className="words" lang="en">
            {words.map((word, index) => (
              <li key={index}>{word}</li>
            ))}
          </ol>
        )}
      </div>
      <p className="hint">{text.differs}</p>
    </section>
  );
}
