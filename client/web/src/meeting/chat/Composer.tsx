import { charactersOf, MAX_CHAT_LENGTH, type Person } from '@conclave/sdk';
import { SendHorizontal } from 'lucide-react';
import {
  type ClipboardEvent,
  type Dispatch,
  type FormEvent,
  type KeyboardEvent,
  type RefObject,
  type SetStateAction,
  useId,
  useState,
} from 'react';
import { strings } from '../../strings';
import { AttachButton, Attachments } from './Attachments';
import { type Draft, withFiles } from './draft';

const text = strings.chat;

/** From here on it is said how many characters are left. */
const COUNTED = 200;

interface ComposerProps {
  field: RefObject<HTMLTextAreaElement | null>;
  draft: Draft;
  onDraft: Dispatch<SetStateAction<Draft>>;
  /** Whom one may write to alone. */
  people: readonly Person[];
  /** Why one may not write to anybody alone. */
  privateLocked: string | null;
  /** Undefined where the room has no files; else why one may not send any, or null. */
  filesLocked: string | null | undefined;
  /** False where it could not be sent. */
  write: (draft: Draft) => boolean;
  /** Offers the draft's files; gives back those that could not be. */
  offer: (draft: Draft) => readonly File[];
}

export function Composer(props: ComposerProps) {
  const { field, draft, onDraft, people, privateLocked, filesLocked, write, offer } = props;
  const note = useId();
  const [failed, setFailed] = useState(false);
  const { to, files } = draft;
  const gone = to !== null && !people.some(({ pid }) => pid === to.pid);
  const written = draft.text.trim();
  const left = MAX_CHAT_LENGTH - charactersOf(written);
  const canAttach = filesLocked === null;
  // Never to others than those whom it was written for.
  const allowed = !gone && !(to && privateLocked) && (files.length === 0 || canAttach);
  const sendable = (written !== '' || files.length > 0) && left >= 0 && allowed;

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!sendable) return field.current?.focus();
    const sent = written === '' || write(draft);
    setFailed(!sent);
    if (sent) {
      const unsent = offer(draft);
      const refused = unsent.map(({ name }) => text.file.notSent(name));
      onDraft((before) => ({ ...before, text: '', files: unsent, refused }));
    }
    field.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    // A text from an office program brings its own picture along: the text is meant.
    if (!canAttach || pasted.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    onDraft((before) => withFiles(before, pasted));
  };
  return (
    <form className="composer" onSubmit={submit}>
      <Recipient draft={draft} onDraft={onDraft} people={people} locked={privateLocked} gone={gone} />
      <Attachments draft={draft} onDraft={onDraft} />
      <div className="composer-field">
        {filesLocked !== undefined && <AttachButton locked={filesLocked} onDraft={onDraft} />}
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
          onChange={(event) => onDraft((before) => ({ ...before, text: event.target.value }))}
          onKeyDown={onKey}
          onPaste={onPaste}
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
    onDraft((before) => ({ ...before, to: person ? { pid, name: person.name } : null }));
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
