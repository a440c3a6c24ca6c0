import { Volume2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { strings } from '../strings';
import { Button } from '../ui/Button';

const text = strings.meeting;

type SinkElement = HTMLAudioElement & { setSinkId?(id: string): Promise<void> };

/** Plays every audio slot. After a reload browsers may want a click before they play anything. */
export function Sound({ streams, speakerId }: { streams: readonly MediaStream[]; speakerId: string }) {
  const elements = useRef(new Map<string, SinkElement>());
  const [blocked, setBlocked] = useState(false);

  useEffect(() => {
    const playing = elements.current;
    for (const stream of streams) {
      const element: SinkElement = new Audio();
      element.srcObject = stream;
      playing.set(stream.id, element);
      element.play().catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'NotAllowedError') setBlocked(true);
      });
    }
    return () => {
      for (const element of playing.values()) element.srcObject = null;
      playing.clear();
    };
  }, [streams]);

  useEffect(() => {
    for (const element of elements.current.values()) void element.setSinkId?.(speakerId).catch(() => undefined);
  }, [speakerId, streams]);

  if (!blocked) return null;
  const hear = () => {
    setBlocked(false);
    for (const element of elements.current.values()) element.play().catch(() => setBlocked(true));
  };
  return (
    <div className="hear" role="alert">
      <Button look="primary" size="large" icon={Volume2} onClick={hear}>
        {text.hear}
      </Button>
      <p>{text.hearHint}</p>
    </div>
  );
}
