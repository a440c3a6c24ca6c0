/** Finds web addresses in what people write. Nothing else becomes a link. */

export interface Piece {
  readonly text: string;
  /** Where it leads; absent where it is text and no more. */
  readonly href?: string;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/giu;
/** Ends a sentence rather than an address. */
const TRAILING = /[.,:;!?…*_~]+$/u;
const BRACKETS = { ')': '(', ']': '[', '}': '{' } as const;

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const shown = withoutTrailing(found);
    const href = addressOf(shown);
    if (!href) continue;
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push({ text: shown, href });
    end = index + shown.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

function withoutTrailing(found: string): string {
  let shown = found;
  for (;;) {
    const before = shown;
    shown = shown.replace(TRAILING, '');
    const opening = BRACKETS[shown.at(-1) as keyof typeof BRACKETS];
    // A bracket that the address did not open belongs to the sentence.
    if (opening && count(shown, opening) < count(shown, shown.at(-1) ?? '')) shown = shown.slice(0, -1);
    if (shown === before) return shown;
  }
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}

function addressOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { href, protocol, hostname } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && hostname !== '' ? href : undefined;
}
