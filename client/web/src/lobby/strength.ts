/**
 * How long a passphrase stands up to who tries one after another. A server sees sealed frames and
 * can try for as long as it likes; Argon2id makes each try dear, some ten thousand a second for who
 * spends money on it. An estimate that rather says too little: people choose worse than they think.
 */

export type Strength =
  /** Hours or days. */
  | 'weak'
  /** Weeks to years. */
  | 'fair'
  /** Decades. */
  | 'good'
  /** Out of reach. */
  | 'strong';

/** Bits from which on it is called so. */
const LEAST = { fair: 32, good: 44, strong: 60 } as const;

/** Of a word that somebody picks without dice. */
const WORD_BITS = 11;
/** Words that everybody tries first, also in the dress in which a password rule is met. */
const COMMON = /^(?:pass(?:word|phrase|wort)?|secret|qwert[yz]\w*|letmein|welcome|admin|conclave|meeting|room|team|hello|test)?$/;
const DRESS: Readonly<Record<string, string>> = { '@': 'a', '4': 'a', '3': 'e', '1': 'i', '0': 'o', $: 's', '5': 's', '7': 't' };

export function strengthOf(passphrase: string): Strength {
  const bits = bitsOf(passphrase.trim());
  if (bits >= LEAST.strong) return 'strong';
  if (bits >= LEAST.good) return 'good';
  return bits >= LEAST.fair ? 'fair' : 'weak';
}

/** The lower of two readings: as words, and as characters. */
export function bitsOf(passphrase: string): number {
  const words = passphrase.split(/[\s\-_.,;:/]+/u).filter(Boolean);
  const different = new Map(words.map((word) => [word.toLocaleLowerCase(), word]));
  const asWords = [...different.values()].reduce((bits, word) => bits + bitsOfWord(word), 0);
  return Math.min(asWords, charactersThatCount(passphrase) * bitsOfCharacter(passphrase));
}

/** A number, or a word that everybody knows, is little; what is no word is read by characters. */
function bitsOfWord(word: string): number {
  if (isCommon(word)) return Math.min(4, word.length);
  const isWord = /^\p{L}{3,12}$/u.test(word);
  return isWord ? WORD_BITS : charactersThatCount(word) * bitsOfCharacter(word);
}

function isCommon(word: string): boolean {
  const bare = word.toLowerCase().replace(/[^\p{L}]+$/u, '');
  return COMMON.test([...bare].map((char) => DRESS[char] ?? char).join(''));
}

/** Characters without repetition and without runs such as `1234` and `cba`. */
function charactersThatCount(text: string): number {
  const codes = [...text].map((char) => char.codePointAt(0) ?? 0);
  return codes.filter((code, index) => {
    const before = codes[index - 1];
    return before === undefined || Math.abs(code - before) > 1;
  }).length;
}

/** People do not choose at random: far less than the logarithm of how many characters there are. */
function bitsOfCharacter(text: string): number {
  const kinds = [/\p{Ll}|\p{Lo}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}\s]/u].filter((kind) => kind.test(text)).length;
  return 2 + kinds / 2;
}
