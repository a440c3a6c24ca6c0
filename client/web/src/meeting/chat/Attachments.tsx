import { File as FileIcon, Paperclip, X } from 'lucide-react';
import { type Dispatch, type SetStateAction, useId, useRef } from 'react';
import { strings } from '../../strings';
import { type Draft, withFiles, withoutFile } from './draft';

const text = strings.chat.file;

interface AttachmentsProps {
  draft: Draft;
  onDraft: Dispatch<SetStateAction<Draft>>;
}

/** What goes with the message, each to be taken back; and what could not be attached. */
export function Attachments({ draft: { files, refused }, onDraft }: AttachmentsProps) {
  return (
    <>
      {files.length > 0 && (
        <ul className="attachments" aria-label={text.attached}>
          {files.map((file, index) => (
            <li key={index}>
              <FileIcon aria-hidden size={16} />
              <span dir="auto">{text.name(file.name, file.size)}</span>
              <button
                type="button"
                className="icon-button"
                aria-label={text.detach(file.name)}
                onClick={() => onDraft((before) => withoutFile(before, file))}
              >
                <X aria-hidden size={18} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div role="alert">
        {refused.map((sentence) => (
          <p key={sentence} className="problem">
            {sentence}
          </p>
        ))}
      </div>
    </>
  );
}

interface AttachButtonProps {
  /** Why one may not. */
  locked: string | null;
  onDraft: Dispatch<SetStateAction<Draft>>;
}

/** Opens the system's own choice of files. */
export function AttachButton({ locked, onDraft }: AttachButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const note = useId();
  return (
    <>
      <button
        type="button"
        className="icon-button attach-button"
        aria-label={text.attach}
        title={locked ?? text.attach}
        {...(locked ? { 'aria-disabled': true, 'aria-describedby': note } : {})}
        onClick={() => !locked && input.current?.click()}
      >
        <Paperclip aria-hidden size={20} />
      </button>
      {locked && (
        <span id={note} hidden>
          {locked}
        </span>
      )}
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        onChange={({ target }) => {
          const chosen = [...(target.files ?? [])];
          // The same file can be chosen again.
          target.value = '';
          onDraft((before) => withFiles(before, chosen));
        }}
      />
    </>
  );
}
