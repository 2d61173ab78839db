/** Names from the source as the languages of the kernels can hold them. */

/** An identifier for a name from the source, which may hold `$` and letters beyond ASCII. */
export const identifier = (name: string): string =>
  name.replace(/[^A-Za-z0-9_]/gu, (character) => `u${(character.codePointAt(0) as number).toString(16)}`);
