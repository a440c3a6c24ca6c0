/** The meeting: a stage, one bar below it, and what comes and goes around them. */
import type { Participant } from '@conclave/sdk';
import { Paperclip } from 'lucide-react';
import { useState } from 'react';
import { clearData } from '../app/preferences';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { Problems } from '../lobby/Problems';
import { strings } from '../strings';
import { Confirm } from '../ui/Confirm';
import { Banner } from './Banner';
import { ChatPanel } from './chat/ChatPanel';
import { EMPTY_DRAFT, withFiles } from './chat/draft';
import { useUnread } from './chat/unread';
import { useFileDrop } from './chat/useFileDrop';
import { ControlBar, type PanelName } from './ControlBar';
import { useControls } from './controls';
import { HostControls } from './host/HostControls';
import { PeoplePanel } from './people/PeoplePanel';
import { RecordingSign } from './recording/RecordingSign';
import { useRecordersOnArrival } from './recording/useRecorders';
import { startRecording, useRecording } from './recording/useRecording';
import { SecurityPanel } from './security/SecurityPanel';
import { SecuritySign } from './security/SecuritySign';
import { Warnings } from './security/Warnings';
import { SettingsDialog } from './SettingsDialog';
import { useShortcuts } from './shortcuts';
import { Sound } from './Sound';
import { Stage } from './Stage';
import { ToastBoard } from './toastBoard';
import { Toasts } from './Toasts';
import { useMutedSpeech } from './useMutedSpeech';
import { useNews } from './useNews';
import './meeting.css';
import './menu.css';
import './stage.css';
import './panels.css';
import './chat/chat.css';
import './chat/files.css';
import './security/security.css';

/** What is open above all. */
type Above =
  | { readonly name: 'settings' | 'host' | 'ending' | 'recording' | 'clearing' }
  | { readonly name: 'removing'; readonly person: Participant; readonly ban: boolean };

export default function MeetingPage({ visit }: { visit: Visit }) {
  const { meeting, media } = visit;
  const state = useStore(meeting);
  const local = useStore(media);
  const [toasts] = useState(() => new ToastBoard());
  const [panel, setPanel] = useState<PanelName | null>(null);
  const [above, setAbove] = useState<Above | null>(null);
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const controls = useControls(visit, toasts);
  const unread = useUnread(state.chat, panel === 'chat');
  const mutedSpeech = useMutedSpeech(media);
  const news = useNews(media);
  const hasChat = state.self?.whyNot.chat !== 'off';
  const recording = useRecording(visit, toasts, () => setAbove({ name: 'recording' }));
  useRecordersOnArrival(visit, toasts);
  const dropping = useFileDrop({
    allowed: state.self?.allowed.files ?? false,
    onFiles: (files) => {
      setDraft((before) => withFiles(before, files));
      setPanel('chat');
    },
  });

  const toggle = (name: PanelName) => setPanel((open) => (open === name ? null : name));
  const close = () => setPanel(null);
  useShortcuts(media, controls, {
    toggleChat: () => hasChat && toggle('chat'),
    togglePeople: () => toggle('people'),
    escape: close,
  });
  const about = {
    write: ({ pid, name }: Participant) => {
      setDraft((before) => ({ ...before, to: { pid, name } }));
      setPanel('chat');
    },
    remove: (person: Participant, ban: boolean) => setAbove({ name: 'removing', person, ban }),
  };
  return (
    <main className="meeting">
      <header className="meeting-head">
        <h1 dir="auto">{visit.titleOf(state.title) || strings.product}</h1>
        <RecordingSign visit={visit} control={recording} />
        <SecuritySign security={state.security} open={panel === 'security'} onToggle={() => toggle('security')} />
      </header>
      <div className="banners">
        <Warnings visit={visit} onDetails={() => setPanel('security')} />
        <Banner phase={state.phase} busUp={state.busUp} endsAt={state.endsAt} />
      </div>
      <div className="meeting-middle">
        <div className="stage-place">
          <Toasts
            meeting={meeting}
            board={toasts}
            extra={mutedSpeech ? strings.meeting.mutedSpeaking : null}
            chatOpen={panel === 'chat'}
            openChat={() => setPanel('chat')}
          />
          <Stage visit={visit} onPeople={() => setPanel('people')} />
        </div>
        {panel === 'people' && <PeoplePanel visit={visit} about={about} onClose={close} />}
        {panel === 'chat' && <ChatPanel visit={visit} draft={draft} onDraft={setDraft} onClose={close} />}
        {panel === 'security' && (
          <SecurityPanel visit={visit} onClear={() => setAbove({ name: 'clearing' })} onClose={close} />
        )}
        {dropping && (
          <p className="drop-files" aria-hidden>
            <Paperclip size={24} />
            {strings.chat.file.drop}
          </p>
        )}
      </div>
      <div className="meeting-problems">
        <Problems camera={news.camera} microphone={news.microphone} onDismiss={news.dismiss} />
      </div>
      <ControlBar
        visit={visit}
        controls={controls}
        recording={recording}
        panel={panel}
        unread={unread}
        onPanel={toggle}
        onSettings={() => setAbove({ name: 'settings' })}
        onHostControls={() => setAbove({ name: 'host' })}
        onEnd={() => setAbove({ name: 'ending' })}
      />
      <Sound streams={state.audio} speakerId={local.speakerId} />
      {above && <AboveAll above={above} visit={visit} toasts={toasts} change={setAbove} />}
    </main>
  );
}

interface AboveAllProps {
  above: Above;
  visit: Visit;
  toasts: ToastBoard;
  change: (above: Above | null) => void;
}

function AboveAll({ above, visit, toasts, change }: AboveAllProps) {
  const { moderation } = visit.meeting;
  const close = () => change(null);
  switch (above.name) {
    case 'settings':
      return <SettingsDialog media={visit.media} onClear={() => change({ name: 'clearing' })} onClose={close} />;
    case 'host':
      return <HostControls visit={visit} onEnd={() => change({ name: 'ending' })} onClose={close} />;
    case 'ending':
      return <Confirm {...strings.host.ending} onConfirm={() => moderation.endForAll()} onClose={close} />;
    case 'recording':
      return (
        <Confirm {...strings.recording.asking} onConfirm={() => void startRecording(visit, toasts)} onClose={close} />
      );
    case 'clearing':
      return <Confirm {...strings.data.clearing} onConfirm={() => void clear(toasts)} onClose={close} />;
    case 'removing': {
      const { person, ban } = above;
      const { heading, ...words } = ban ? strings.people.banning : strings.people.removing;
      const remove = () => moderation.remove(person.pid, ban);
      return <Confirm heading={heading(person.name)} {...words} onConfirm={remove} onClose={close} />;
    }
  }
}

async function clear(toasts: ToastBoard): Promise<void> {
  const text = await clearData().then(
    () => strings.data.cleared,
    () => strings.data.notCleared,
  );
  toasts.show({ text });
}
