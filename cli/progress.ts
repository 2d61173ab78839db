/** What is said on stderr of work that takes longer than a second; on a terminal, one line that counts and then disappears. */
import { type Io, line } from "./io.js";

/** Shown from this time on. */
const PATIENCE = 1000;
const CLEAR = "\r\u001b[2K";
const COLUMNS = 80;

/**
 * Shows what `say` was told last, for as long as `work` runs. Where nobody looks, `quiet` is written once instead.
 */
export async function withStatus<T>(
  { stderr }: Pick<Io, "stderr">,
  quiet: string,
  work: (say: (text: string) => void) => Promise<T>,
): Promise<T> {
  let [text, shown] = [quiet, false];
  const show = (): void => {
    shown = true;
    if (stderr.isTTY) stderr.write(`${CLEAR}${text.slice(0, (stderr.columns ?? COLUMNS) - 1)}`);
    else line(stderr, quiet);
  };
  const timer = setTimeout(show, PATIENCE);
  try {
    return await work((said) => {
      text = said;
      if (shown && stderr.isTTY) show();
    });
  } finally {
    clearTimeout(timer);
    if (shown && stderr.isTTY) stderr.write(CLEAR);
  }
}

/**
 * Tells how many of `total` are done, for as long as `work` runs. Where nobody looks, the text is written once,
 * without a count.
 */
export function withProgress<T>(
  io: Pick<Io, "stderr">,
  text: string,
  work: (done: () => void) => Promise<T>,
  total?: number,
): Promise<T> {
  let count = 0;
  const counted = () => (total === undefined ? text : `${text}: ${count} of ${total}`);
  return withStatus(io, text, (say) => {
    say(counted());
    return work(() => {
      count++;
      say(counted());
    });
  });
}

/** `14 s`, `3 min 5 s`, `2 h 10 min`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
