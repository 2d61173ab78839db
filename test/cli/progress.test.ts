/** What is said of work that takes long: once, or on a terminal as a line that counts. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { withProgress } from "../../cli/progress.js";
import { recorder } from "./mscc.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is shown of three steps of so many milliseconds. */
async function shownOf(stderr: ReturnType<typeof recorder> & { columns?: number }, milliseconds: number) {
  const work = async (done: () => void) => {
    for (let i = 0; i < 3; i++) {
      await vi.advanceTimersByTimeAsync(milliseconds);
      done();
    }
  };
  await withProgress({ stderr }, "proving", work, 3);
  return stderr.text();
}

it("is nothing of work that is done at once", async () => {
  expect(await shownOf(recorder(), 100)).toBe("");
  expect(await shownOf(recorder(true), 100)).toBe("");
});

it("is one line where nobody looks", async () => {
  expect(await shownOf(recorder(), 600)).toBe("proving\n");
});

it("counts on a terminal, within its width, and disappears", async () => {
  const clear = "\r\u001b[2K";
  expect((await shownOf(recorder(true), 600)).split(clear)).toEqual([
    "",
    "proving: 1 of 3",
    "proving: 2 of 3",
    "proving: 3 of 3",
    "",
  ]);
  expect(await shownOf({ ...recorder(true), columns: 9 }, 600)).toContain(`${clear}proving:${clear}`);
});
