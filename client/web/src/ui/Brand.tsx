import { strings } from '../strings';

export function Brand() {
  return (
    <div className="brand">
      <img src="/icon.svg" alt="" width={28} height={28} />
      <span>{strings.product}</span>
    </div>
  );
}
