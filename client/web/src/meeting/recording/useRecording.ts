/** Recording on this device: whether it is possible, and what its buttons do. */
import { canRecord, type MeetingState, RecordingError, type Self } from '@conclave/sdk';
import { useEffect, useRef } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import type { ToastBoard } from '../toastBoard';

const text = strings.recording;

export interface RecordingControl {
  readonly label: string;
  readonly on: boolean;
  /** Why it cannot be used now. */
  readonly locked: string | null;
  /** Asks first where it begins; saves where it ends. */
  readonly press: () => void;
}

/** Null where the room has none. */
export function useRecording(visit: Visit, toasts: ToastBoard, ask: () => void): RecordingControl | null {
  const { recording, features, self } = useStore(visit.meeting);
  useHold(recording !== 'off');
  useEndByItself(recording, toasts);
  if (!features?.local_recording) return null;
  const on = recording === 'on';
  return {
    label: on ? text.stop : text.start,
    on,
    locked: whyNot(recording, self),
    press: on ? () => void stop(visit, toasts) : ask,
  };
}

/** Begins, after the person agreed to what it means. To be called in answer to a click: it may ask for a file. */
export async function startRecording({ meeting }: Visit, toasts: ToastBoard): Promise<void> {
  try {
    await meeting.startRecording();
  } catch (error) {
    const sentence = explain(error);
    if (sentence !== null) toasts.show({ text: sentence });
  }
}

/** Leaves; what is being recorded is saved first. */
export async function leave({ meeting }: Visit): Promise<void> {
  if (meeting.getState().recording === 'on') await meeting.stopRecording().catch(() => undefined);
  meeting.leave();
}

async function stop({ meeting }: Visit, toasts: ToastBoard): Promise<void> {
  const sentence = await meeting.stopRecording().then(
    () => text.saved,
    () => text.notSaved,
  );
  toasts.show({ text: sentence });
}

/** Null where the person changed their mind. */
function explain(error: unknown): string | null {
  const problem = error instanceof RecordingError ? error.problem : 'failed';
  if (problem === 'cancelled') return null;
  if (problem === 'unsupported') return text.unsupported;
  return problem === 'disk' ? text.notSaved : text.notStarted;
}

function whyNot(recording: MeetingState['recording'], self: Self | null): string | null {
  // Nobody could be told whose recording it is.
  if (self?.whyNot.chat === 'hidden') return strings.locked.hidden;
  if (recording === 'starting') return text.starting;
  if (recording === 'stopping') return text.stopping;
  return canRecord() ? null : text.unsupported;
}

/** What is recorded is not a whole file yet: a tab that is closed by mistake would lose it. */
function useHold(running: boolean): void {
  useEffect(() => {
    if (!running) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', hold);
    return () => removeEventListener('beforeunload', hold);
  }, [running]);
}

/** Nobody who believes to record is to find out afterwards that it had ended. */
function useEndByItself(recording: MeetingState['recording'], toasts: ToastBoard): void {
  const before = useRef(recording);
  useEffect(() => {
    if (before.current === 'on' && recording === 'off') toasts.show({ text: text.over });
    before.current = recording;
  }, [recording, toasts]);
}
