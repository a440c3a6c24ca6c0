/** The words for people to compare: 2048 of them, kept by BIP 39, all known to tell apart by their first four letters. */
export { wordlist } from '@scure/bip39/wordlists/english.js';
