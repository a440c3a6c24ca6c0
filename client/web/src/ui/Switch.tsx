import { useId } from 'react';

interface SwitchProps {
  label: string;
  /** What it does. */
  text: string;
  on: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ label, text, on, onChange }: SwitchProps) {
  const id = useId();
  return (
    <label className="switch">
      <span className="switch-words">
        <span>{label}</span>
        <span id={id} className="hint">
          {text}
        </span>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-label={label}
        aria-describedby={id}
        checked={on}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}
