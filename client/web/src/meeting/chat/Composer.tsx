import { charactersOf, MAX_CHAT_LENGTH, type Person } from '@conclave/sdk';
import { SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, type RefObject, useId, useState } from 'react';
import { strings } from '../../strings';
import type { Draft } from './draft';

const text = strings.chat;

/** From here on it is said how many characters are left. */
const COUNTED = 200;

interface ComposerProps {
  field: RefObject<HTMLTextAreaElement | null>;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  /** Whom one may write to alone. */
  people: readonly Person[];
  /** Why one may not write to anybody alone. */
  privateLocked: string | null;
  /** False where it could not be sent. */
  send: (draft: Draft) => boolean;
}

export function Composer({ field, draft, onDraft, people, privateLocked, send }: ComposerProps) {
  const note = useId();
  const [failed, setFailed] = useState(false);
  const { to } = draft;
  const gone = to !== null && !people.some(({ pid }) => pid === to.pid);
  const left = MAX_CHAT_LENGTH - charactersOf(draft.text.trim());
  // Never to others than those whom it was written for.
  const sendable = draft.text.trim() !== '' && left >= 0 && !gone && !(to && privateLocked);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!sendable) return field.current?.focus();
    const sent = send(draft);
    setFailed(!sent);
    if (sent) onDraft({ ...draft, text: '' });
    field.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form className="composer" onSubmit={submit}>
      <Recipient draft={draft} onDraft={onDraft} people={people} locked={privateLocked} gone={gone} />
      <div className="composer-field">
        <textarea
          ref={field}
          rows={1}
          value={draft.text}
          dir="auto"
          aria-label={text.field}
          aria-describedby={note}
          aria-invalid={left < 0}
          placeholder={to ? text.placeholderOne(to.name) : text.placeholder}
          enterKeyHint="send"
          onChange={(event) => onDraft({ ...draft, text: event.target.value })}
          onKeyDown={onKey}
        />
        <button type="submit" className="send-button" aria-label={text.send} aria-disabled={!sendable}>
          <SendHorizontal aria-hidden size={20} />
        </button>
      </div>
      <p id={note} role="status" className={left < 0 || gone || failed ? 'problem' : 'hint'}>
        {noteOf(left, gone ? to.name : null, to && privateLocked, failed)}
      </p>
    </form>
  );
}

function noteOf(left: number, gone: string | null, locked: string | null, failed: boolean): string {
  if (gone !== null) return text.gone(gone);
  if (locked) return locked;
  if (left < 0) return text.over(-left);
  if (failed) return text.notSent;
  return left <= COUNTED ? text.left(left) : '';
}

type RecipientProps = Pick<ComposerProps, 'draft' | 'onDraft' | 'people'> & { locked: string | null; gone: boolean };

function Recipient({ draft, onDraft, people, locked, gone }: RecipientProps) {
  const id = useId();
  const { to } = draft;
  if (locked && !to) return <p className="hint">{locked}</p>;
  const choose = (pid: string) => {
    const person = people.find((each) => each.pid === pid);
    onDraft({ ...draft, to: person ? { pid, name: person.name } : null });
  };
  return (
    <div className={`recipient ${to ? 'private' : ''}`}>
      <label htmlFor={id}>{text.to}</label>
      <select id={id} value={to?.pid ?? ''} onChange={(event) => choose(event.target.value)}>
        <option value="">{text.everyone}</option>
        {to && gone && <option value={to.pid}>{text.goneOption(to.name)}</option>}
        {people.map(({ pid, name }) => (
          <option key={pid} value={pid}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
