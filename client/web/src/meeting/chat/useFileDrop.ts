import { useEffect, useEffectEvent, useState } from 'react';

interface FileDrop {
  /** False where no files may be sent. */
  readonly allowed: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Takes files that are dropped anywhere on the page; true while some are held over it. */
export function useFileDrop({ allowed, onFiles }: FileDrop): boolean {
  const [over, setOver] = useState(false);
  const take = useEffectEvent((files: readonly File[]) => {
    if (allowed && files.length > 0) onFiles(files);
  });
  const isAllowed = useEffectEvent(() => allowed && !document.querySelector('dialog[open]'));
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Also where none may be sent: the browser would open the file and leave the meeting.
      event.preventDefault();
      event.dataTransfer.dropEffect = isAllowed() ? 'copy' : 'none';
      setOver(isAllowed());
    };
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      if (isAllowed()) take([...event.dataTransfer.files]);
    };
    addEventListener('dragover', drag);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', drag);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return over;
}
