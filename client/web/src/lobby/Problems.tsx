import type { MediaProblem } from '@conclave/sdk';
import { X } from 'lucide-react';
import { strings } from '../strings';

const text = strings.devices.problem;

interface ProblemsProps {
  camera: MediaProblem | null;
  microphone: MediaProblem | null;
  onDismiss?: () => void;
}

/** Why something is off, and how to allow it. Never a reason not to join. */
export function Problems({ camera, microphone, onDismiss }: ProblemsProps) {
  const some = camera !== null || microphone !== null;
  return (
    <div role="status">
      {some && (
        <div className="device-problems">
          <ul>
            {camera && <li>{text.camera[camera]}</li>}
            {microphone && <li>{text.microphone[microphone]}</li>}
          </ul>
          {onDismiss && (
            <button type="button" className="icon-button" aria-label={strings.close} onClick={onDismiss}>
              <X aria-hidden size={20} />
            </button>
          )}
        </div>
      )}
    </div>
  );
}
