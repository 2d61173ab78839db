/** What is said on stderr of work that takes longer than a second; on a terminal, one line that counts and then disappears. */
import { type Io, line } from "./io.js";

/** Shown from this time on. */
const PATIENCE = 1000;
const CLEAR = "\r\u001b[2K";
const COLUMNS = 80;

/**
 * Tells how many of `total` are done, for as long as `work` runs. Where nobody looks, the text is written once,
 * without a count.
 */
export async function withProgress<T>(
  { stderr }: Pick<Io, "stderr">,
  text: string,
  work: (done: () => void) => Promise<T>,
  total?: number,
): Promise<T> {
  let [count, shown] = [0, false];
  const show = (): void => {
    shown = true;
    const counted = total === undefined ? text : `${text}: ${count} of ${total}`;
    if (stderr.isTTY) stderr.write(`${CLEAR}${counted.slice(0, (stderr.columns ?? COLUMNS) - 1)}`);
    else line(stderr, text);
  };
  const timer = setTimeout(show, PATIENCE);
  try {
    return await work(() => {
      count++;
      if (shown && stderr.isTTY) show();
    });
  } finally {
    clearTimeout(timer);
    if (shown && stderr.isTTY) stderr.write(CLEAR);
  }
}
