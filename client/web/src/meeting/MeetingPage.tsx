/** The meeting: a stage, one bar below it, and what comes and goes around them. */
import { useCallback, useState } from 'react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { Problems } from '../lobby/Problems';
import { strings } from '../strings';
import { PrivacySign } from '../ui/Privacy';
import { Banner } from './Banner';
import { ControlBar } from './ControlBar';
import { PeoplePanel } from './PeoplePanel';
import { SettingsDialog } from './SettingsDialog';
import { useShortcuts } from './shortcuts';
import { Sound } from './Sound';
import { Stage } from './Stage';
import { Toasts } from './Toasts';
import { useMutedSpeech } from './useMutedSpeech';
import { useNews } from './useNews';
import './meeting.css';
import './stage.css';
import './panels.css';

export default function MeetingPage({ visit }: { visit: Visit }) {
  const { meeting, media } = visit;
  const state = useStore(meeting);
  const local = useStore(media);
  const [peopleOpen, setPeopleOpen] = useState(false);
  const [settingsOpen, setSettingsOpen] = useState(false);
  const togglePeople = useCallback(() => setPeopleOpen((open) => !open), []);
  const closePeople = useCallback(() => setPeopleOpen(false), []);
  useShortcuts(media, { togglePeople, escape: closePeople });
  const mutedSpeech = useMutedSpeech(media);
  const news = useNews(media);

  return (
    <main className="meeting">
      <header className="meeting-head">
        <h1>{state.title || strings.product}</h1>
        <PrivacySign />
      </header>
      <Banner phase={state.phase} busUp={state.busUp} />
      <div className="meeting-middle">
        <Toasts meeting={meeting} extra={mutedSpeech ? strings.meeting.mutedSpeaking : null} />
        <Stage visit={visit} onPeople={togglePeople} />
        {peopleOpen && <PeoplePanel people={state.people} link={visit.shareLink} onClose={closePeople} />}
      </div>
      <div className="meeting-problems">
        <Problems camera={news.camera} microphone={news.microphone} onDismiss={news.dismiss} />
      </div>
      <ControlBar
        visit={visit}
        peopleOpen={peopleOpen}
        onPeople={togglePeople}
        onSettings={() => setSettingsOpen(true)}
      />
      <Sound streams={state.audio} speakerId={local.speakerId} />
      {settingsOpen && <SettingsDialog media={media} onClose={() => setSettingsOpen(false)} />}
    </main>
  );
}
