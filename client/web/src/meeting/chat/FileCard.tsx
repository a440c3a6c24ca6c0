import type { ChatEntry, FileOffer } from '@conclave/sdk';
import { Download, File as FileIcon, RotateCw, Save, X } from 'lucide-react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';
import { type ShownTransfer, showTransfer } from './transfer';

const text = strings.chat.file;

interface FileCardProps {
  entry: ChatEntry;
  file: FileOffer;
  meeting: Visit['meeting'];
}

/** A file that somebody offers: what it is, how far it has come, and what can be done. */
export function FileCard({ entry, file, meeting }: FileCardProps) {
  const { transfers, people, backstage } = useStore(meeting);
  const transfer = transfers.get(file.id);
  const isSenderHere = [...people, ...backstage.hidden].some(({ pid }) => pid === entry.from);
  const shown = showTransfer(entry, { transfer, isSenderHere });
  const name = file.name || text.nameless;
  const act = {
    fetch: () => meeting.fetchFile(file.id),
    again: () => meeting.fetchFile(file.id),
    cancel: () => meeting.cancelFile(file.id),
    save: () => transfer?.url && save(transfer.url, name),
  };
  return (
    <div className="file-card">
      <FileIcon aria-hidden size={24} strokeWidth={1.5} />
      <div className="file-words">
        <bdi className="file-name">{name}</bdi>
        <span className="hint">{text.size(file.size)}</span>
      </div>
      <div className="file-actions">
        {shown.actions.map((action) => (
          <FileAction key={action} action={action} name={name} onClick={act[action]} />
        ))}
      </div>
      <Progress shown={shown} name={name} />
      {/* Progress is read from the bar: said aloud with every step it would drown all else. */}
      <p className={shown.isProblem ? 'problem' : 'hint'} role={transfer?.status === 'running' ? undefined : 'status'}>
        {shown.sentence}
      </p>
    </div>
  );
}

function Progress({ shown: { progress, sentence }, name }: { shown: ShownTransfer; name: string }) {
  if (progress === null) return null;
  const percent = Math.floor(progress * 100);
  return (
    <div
      className="file-progress"
      role="progressbar"
      aria-label={text.progress(name)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={sentence}
    >
      <span style={{ inlineSize: `${percent}%` }} />
    </div>
  );
}

const ACTIONS = {
  fetch: { icon: Download, label: text.fetch, name: text.fetchOne },
  again: { icon: RotateCw, label: text.again, name: text.againOne },
  cancel: { icon: X, label: text.cancel, name: text.cancelOne },
  save: { icon: Save, label: text.save, name: text.saveOne },
} as const;

interface FileActionProps {
  action: ShownTransfer['actions'][number];
  name: string;
  onClick: () => void;
}

function FileAction({ action, name, onClick }: FileActionProps) {
  const { icon, label, name: named } = ACTIONS[action];
  return (
    <Button size="small" icon={icon} aria-label={named(name)} onClick={onClick}>
      {label}
    </Button>
  );
}

/** Saves without ever opening: what somebody sent is not to run in a page of this origin. */
function save(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
