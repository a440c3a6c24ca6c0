import { Lock, LockOpen } from 'lucide-react';
import { type Dispatch, type SetStateAction, useRef } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import { whyNot } from '../controls';
import { Panel } from '../Panel';
import { Composer } from './Composer';
import type { Draft } from './draft';
import { Messages } from './Messages';

const text = strings.chat;

interface ChatPanelProps {
  visit: Visit;
  draft: Draft;
  onDraft: Dispatch<SetStateAction<Draft>>;
  onClose: () => void;
}

/** What is written: to everyone, and to or by this person alone. */
export function ChatPanel({ visit: { meeting }, draft, onDraft, onClose }: ChatPanelProps) {
  const { people, self, backstage, security } = useStore(meeting);
  const field = useRef<HTMLTextAreaElement>(null);
  const locked = whyNot(self, 'chat');
  const others = [...people.filter((person) => !person.self), ...backstage.hidden.filter(({ pid }) => pid !== self?.pid)];
  // On a touch screen the keyboard would cover what was written.
  const typesAtOnce = !locked && !matchMedia('(pointer: coarse)').matches;
  return (
    <Panel
      id="chat"
      label={strings.bar.chat}
      heading={text.heading}
      onClose={onClose}
      className="chat"
      {...(typesAtOnce ? { first: field } : {})}
    >
      <p className="chat-note hint">
        {security.mode === 'e2ee' ? <Lock aria-hidden size={16} /> : <LockOpen aria-hidden size={16} />}
        {security.mode === 'e2ee' ? text.note.e2ee : text.note.off}
      </p>
      <Messages meeting={meeting} />
      {locked ? (
        <p className="chat-locked" role="status">
          <Lock aria-hidden size={16} />
          {locked}
        </p>
      ) : (
        <Composer
          field={field}
          draft={draft}
          onDraft={onDraft}
          people={others}
          privateLocked={whyNot(self, 'privateChat')}
          filesLocked={self?.whyNot.files === 'off' ? undefined : whyNot(self, 'files')}
          write={({ text: written, to }) => meeting.write(written, to?.pid)}
          offer={({ files, to }) => files.filter((file) => !meeting.sendFile(file, to?.pid))}
        />
      )}
    </Panel>
  );
}
