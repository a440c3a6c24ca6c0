/** Up to two letters of a name, whatever script it is in. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words[words.length - 1] ?? '') : '';
  return [first, last].map((word) => [...word][0] ?? '').join('').toLocaleUpperCase();
}

/** One of `count` hues, the same for the same person in everybody's browser. */
export function hueOf(id: string, count = 6): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return sum % count;
}
