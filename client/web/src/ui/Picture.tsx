import { useEffect, useRef } from 'react';

interface PictureProps {
  stream: MediaStream;
  mirrored?: boolean;
  /** Whole picture instead of a filled tile. */
  whole?: boolean;
  label: string;
}

/** A moving picture without sound: sound is played apart, for it is in other slots. */
export function Picture({ stream, mirrored = false, whole = false, label }: PictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    return () => {
      element.srcObject = null;
    };
  }, [stream]);
  const look = `picture ${mirrored ? 'mirrored' : ''} ${whole ? 'whole' : ''}`;
  return <video ref={video} className={look} aria-label={label} autoPlay playsInline muted />;
}
