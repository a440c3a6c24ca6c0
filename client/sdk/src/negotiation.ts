/**
 * What an offer names, kept to what rooms use: an offer of all codecs would be 54 kB, this is
 * about 12. Both restrictions are no more than that: an offer without them would work too.
 */

const AUDIO_EXTENSIONS = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
];

const VIDEO_EXTENSIONS = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'urn:3gpp:video-orientation',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
];

/** Chromium's part of WebRTC that TypeScript's library does not know. */
interface ExtensionControl {
  getHeaderExtensionsToNegotiate?(): { uri: string; direction: RTCRtpTransceiverDirection }[];
  setHeaderExtensionsToNegotiate?(list: { uri: string; direction: RTCRtpTransceiverDirection }[]): void;
}

/** Leaves Opus, or VP8 with its retransmissions, and the header extensions that the node reads. */
export function restrict(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video'): void {
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  transceiver.setCodecPreferences?.(codecs.filter(({ mimeType }) => wanted(kind, mimeType)));
  const control = transceiver as RTCRtpTransceiver & ExtensionControl;
  const extensions = kind === 'audio' ? AUDIO_EXTENSIONS : VIDEO_EXTENSIONS;
  const known = control.getHeaderExtensionsToNegotiate?.();
  if (!known) return;
  control.setHeaderExtensionsToNegotiate?.(
    known.map(({ uri }) => ({ uri, direction: extensions.includes(uri) ? 'sendrecv' : 'stopped' })),
  );
}

function wanted(kind: 'audio' | 'video', mimeType: string): boolean {
  const type = mimeType.toLowerCase();
  return kind === 'audio' ? type === 'audio/opus' : type === 'video/vp8' || type === 'video/rtx';
}
