/**
 * Conclave in the browser, without a UI.
 *
 *     const media = new LocalMedia({ microphone: true, camera: true, … });
 *     const meeting = new Meeting({ ticket: { invite }, media });
 *     await meeting.prepare();            // while the lobby is looked at
 *     await meeting.join('Ada');          // one HTTP request
 *     meeting.subscribe(() => draw(meeting.getState()));
 */
export { Admission, type Admitted, claimsOf, type Ticket } from './admission.js';
export { Api } from './api.js';
export { canShareScreen, type DeviceLists, type MediaProblem } from './capture.js';
export { Clock } from './clock.js';
export { deviceKey } from './deviceKey.js';
export { newKey, type Secret } from './e2ee/secrecy.js';
export { canEncrypt } from './e2ee/transforms.js';
export { ConclaveError, type Fault, type Problem } from './errors.js';
export { LevelMeter } from './level.js';
export {
  LocalMedia,
  type LocalMediaChoices,
  type LocalMediaState,
  type LocalSource,
} from './localMedia.js';
export { Meeting, type MeetingOptions } from './meeting.js';
export type { MeetingState, Participant, Phase, Self } from './meetingState.js';
export type { Moderation } from './moderation.js';
export type { Notice } from './notices.js';
export {
  type Encryption,
  type EndReason,
  type Features,
  type Locks,
  MAX_CHAT_LENGTH,
  MAX_NAME_LENGTH,
  type Person,
  type Pid,
  type Publishing,
  type Reaction,
  REACTIONS,
  type RemovedHow,
  type RoomRole,
  type Rules,
  type SourceKind,
  type Waiter,
  type Want,
} from './protocol.js';
export type { ShownReaction } from './reactions.js';
export type { Allowed, Reasons, WhyNot } from './rights.js';
export type { RememberedSession } from './sessionMemory.js';
export type { PersonMedia } from './slots.js';
export { type Readable, Store } from './store.js';
export { checkSupport, type Unsupported } from './support.js';
export { charactersOf, type ChatEntry } from './talk.js';
export type { Alarm, FileOffer, Pin, Security, Transfer } from './security.js';
export { type Device, openDevice } from './device/device.js';
export { History, type Keep, KEEPS } from './device/history.js';
export type { KeptEntry } from './device/keptEntry.js';
export { FORMER_PREFERENCES, SealedPreferences } from './device/sealedPreferences.js';
export type { StorageState } from './device/steadyShelf.js';
export { MAX_FILE_NAME_LENGTH, safeFileName, safeType } from './files/fileName.js';
export { MAX_FILE_BYTES } from './files/fileOffer.js';
export type { TransferFailure, TransferStatus } from './files/incoming.js';
export { canRecord, LocalRecording, type Recorded, type RecordingOptions } from './recording/localRecording.js';
export type { RecordedSource } from './recording/painter.js';
export { RecordingError, type RecordingProblem } from './recording/recordingError.js';
