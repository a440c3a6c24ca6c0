import { type Device, KEEPS, type Keep } from '@conclave/sdk';
import { Trash2 } from 'lucide-react';
import { useId } from 'react';
import { useDevice } from '../../app/useDevice';
import { useStore } from '../../app/useStore';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';
import { useKeep } from './useKeep';

const text = strings.data;

/** What this browser keeps of Conclave: for how long, and how to be rid of it. */
export function DeviceData({ onClear }: { onClear: () => void }) {
  const heading = useId();
  const select = useId();
  const hint = useId();
  const device = useDevice();
  const [keep, choose] = useKeep();
  return (
    <section className="device-data" aria-labelledby={heading}>
      <h3 id={heading}>{text.heading}</h3>
      <div className="field">
        <label htmlFor={select}>{text.keep}</label>
        <select
          id={select}
          value={keep}
          aria-describedby={hint}
          onChange={(event) => choose(event.target.value as Keep)}
        >
          {KEEPS.map((each) => (
            <option key={each} value={each}>
              {text.keeps[each]}
            </option>
          ))}
        </select>
      </div>
      <p id={hint} className="hint">
        {keep === 'never' ? text.keepHint.never : text.keepHint.kept}
      </p>
      {device && <Place vault={device.vault} />}
      <Button icon={Trash2} onClick={onClear}>
        {text.clear}
      </Button>
    </section>
  );
}

/** Says so where the browser keeps nothing: the choice above then promises too much. */
function Place({ vault }: Pick<Device, 'vault'>) {
  const { place } = useStore(vault.storage);
  return <div role="status">{place === 'page' && <p className="hint">{text.pageOnly}</p>}</div>;
}
