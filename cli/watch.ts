/** Runs a build again whenever one of the files that it read changes, until it is stopped. */
import { statSync } from "node:fs";

const INTERVAL = 100;

/**
 * What tells two versions of a file apart. Looking at the files themselves, several times a second, sees every way of
 * saving: in place, by renaming, by deleting and writing anew.
 */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : "missing";
}

const stampsOf = (files: readonly string[]) => new Map(files.map((file) => [file, stampOf(file)]));

const same = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>) =>
  [...a].every(([file, stamp]) => b.get(file) === stamp);

function pause(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, INTERVAL);
    signal?.addEventListener("abort", done);
  });
}

/** Waits until the files differ from what was read and have stayed the same for one interval: an editor may still write. */
async function nextChange(files: readonly string[], read: ReadonlyMap<string, string>, signal?: AbortSignal) {
  let last = read;
  for (;;) {
    await pause(signal);
    if (signal?.aborted) return;
    const now = stampsOf(files);
    const settled = same(last, now);
    last = now;
    if (settled && !same(read, now)) return;
  }
}

/** `build` gives the files that it read; it runs at once, and again after every change of one of them. */
export async function watch(build: () => Promise<readonly string[]>, signal?: AbortSignal): Promise<void> {
  let before: ReadonlyMap<string, string> = new Map();
  while (!signal?.aborted) {
    const files = await build();
    // A change while the build ran counts as one after it.
    const read = new Map([...stampsOf(files), ...[...before].filter(([file]) => files.includes(file))]);
    await nextChange(files, read, signal);
    before = stampsOf(files);
  }
}
