import { hueOf, initials } from './initials';

/** Stands for a person without a picture. */
export function Avatar({ name, id, small = false }: { name: string; id: string; small?: boolean }) {
  return (
    <span className={`avatar hue-${hueOf(id)} ${small ? 'small' : ''}`} aria-hidden>
      {initials(name)}
    </span>
  );
}
