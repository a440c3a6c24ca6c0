/** Which codec an encoded frame is of. */

/** As `crypto/src/frame.rs` numbers them. H.264 and AV1 are not sealed yet, and so not sent. */
export const CODEC = { opus: 0, vp8: 1, vp9: 2 } as const;
export type Codec = (typeof CODEC)[keyof typeof CODEC];

const BY_TYPE: Readonly<Record<string, Codec>> = {
  'audio/opus': CODEC.opus,
  'video/vp8': CODEC.vp8,
  'video/vp9': CODEC.vp9,
};

/** The part of an encoded frame that transforms work with; Firefox says no type. */
export interface EncodedFrame {
  data: ArrayBuffer;
  getMetadata(): { readonly mimeType?: string };
}

/** The frame's codec, or nothing for one that is not sealed. Who says none has what offers name: Opus and VP8. */
export function codecOf(frame: EncodedFrame, medium: 'audio' | 'video'): Codec | undefined {
  const type = frame.getMetadata().mimeType?.toLowerCase();
  const codec = type ? BY_TYPE[type] : medium === 'audio' ? CODEC.opus : CODEC.vp8;
  return (codec === CODEC.opus) === (medium === 'audio') ? codec : undefined;
}
