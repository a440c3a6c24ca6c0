/** The meeting: a stage, one bar below it, and what comes and goes around them. */
import type { Participant } from '@conclave/sdk';
import { useState } from 'react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { Problems } from '../lobby/Problems';
import { strings } from '../strings';
import { Confirm } from '../ui/Confirm';
import { PrivacySign } from '../ui/Privacy';
import { Banner } from './Banner';
import { ChatPanel } from './chat/ChatPanel';
import { EMPTY_DRAFT } from './chat/draft';
import { useUnread } from './chat/unread';
import { ControlBar, type PanelName } from './ControlBar';
import { useControls } from './controls';
import { HostControls } from './host/HostControls';
import { PeoplePanel } from './people/PeoplePanel';
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

/** What is open above all. */
type Above =
  | { readonly name: 'settings' | 'host' | 'ending' }
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
        <h1 dir="auto">{state.title || strings.product}</h1>
        <PrivacySign />
      </header>
      <Banner phase={state.phase} busUp={state.busUp} endsAt={state.endsAt} />
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
      </div>
      <div className="meeting-problems">
        <Problems camera={news.camera} microphone={news.microphone} onDismiss={news.dismiss} />
      </div>
      <ControlBar
        visit={visit}
        controls={controls}
        panel={panel}
        unread={unread}
        onPanel={toggle}
        onSettings={() => setAbove({ name: 'settings' })}
        onHostControls={() => setAbove({ name: 'host' })}
        onEnd={() => setAbove({ name: 'ending' })}
      />
      <Sound streams={state.audio} speakerId={local.speakerId} />
      {above && <AboveAll above={above} visit={visit} change={setAbove} />}
    </main>
  );
}

interface AboveAllProps {
  above: Above;
  visit: Visit;
  change: (above: Above | null) => void;
}

function AboveAll({ above, visit, change }: AboveAllProps) {
  const { moderation } = visit.meeting;
  const close = () => change(null);
  switch (above.name) {
    case 'settings':
      return <SettingsDialog media={visit.media} onClose={close} />;
    case 'host':
      return <HostControls visit={visit} onEnd={() => change({ name: 'ending' })} onClose={close} />;
    case 'ending':
      return <Confirm {...strings.host.ending} onConfirm={() => moderation.endForAll()} onClose={close} />;
    case 'removing': {
      const { person, ban } = above;
      const { heading, ...words } = ban ? strings.people.banning : strings.people.removing;
      const remove = () => moderation.remove(person.pid, ban);
      return <Confirm heading={heading(person.name)} {...words} onConfirm={remove} onClose={close} />;
    }
  }
}
