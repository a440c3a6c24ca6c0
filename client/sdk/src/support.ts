/** Whether this browser and this page can take part at all. */
export type Unsupported =
  /** Plain HTTP elsewhere than on this machine: browsers give such pages no keys and no camera. */
  | 'insecure'
  /** No WebRTC with simulcast, or no Ed25519. */
  | 'browser';

export async function checkSupport(): Promise<Unsupported | null> {
  if (!isSecureContext) return 'insecure';
  const webrtc =
    typeof RTCPeerConnection === 'function' &&
    typeof RTCRtpSender === 'function' &&
    'setCodecPreferences' in RTCRtpTransceiver.prototype &&
    'replaceTrack' in RTCRtpSender.prototype;
  return webrtc && (await hasEd25519()) ? null : 'browser';
}

async function hasEd25519(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}
