/** Did-you-mean: the known name that is closest to a mistyped one. It stands leftmost because all may import it, in browsers too. */

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replace, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] as number) + 1);
      }
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}

const LONGEST = 200;

/** The closest of the known names, if one is close: at most a third of the letters differ, letter case aside. */
export function closest(name: string, known: readonly string[]): string | undefined {
  // What no one types is not compared letter by letter: names may come from files.
  if (name.length > LONGEST) return undefined;
  const wanted = name.toLowerCase();
  const allowed = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let least = allowed + 1;
  for (const each of known) {
    if (each === name || Math.abs(each.length - name.length) > allowed) continue;
    const distance = editDistance(wanted, each.toLowerCase());
    if (distance < least && distance < each.length) [best, least] = [each, distance];
  }
  return best;
}
