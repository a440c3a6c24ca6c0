import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import type { RecordingControl } from './useRecording';
import { useRecorders } from './useRecorders';

const text = strings.recording;

/** Who records, in sight of everybody as long as it goes on; with the way to stop one's own. */
export function RecordingSign({ visit, control }: { visit: Visit; control: RecordingControl | null }) {
  const sentence = useRecorders(visit);
  return (
    <div className="recording-sign-place">
      {sentence && (
        <p className="recording-sign">
          <RecordingDot />
          {sentence}
        </p>
      )}
      {control?.on && (
        <button type="button" className="stop-recording" onClick={control.press}>
          {text.stop}
        </button>
      )}
    </div>
  );
}

/** A sign that is known by its shape too: a ring with a point in it. */
export function RecordingDot() {
  return (
    <span className="recording-dot" aria-hidden>
      <i />
    </span>
  );
}
