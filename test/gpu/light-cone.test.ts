/** `npm start` end to end on the driver: clip, compiler, kernel, check, picture. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runDemo } from "../../examples/light-cone/demo.js";

test("the light cone over real video equals the declared function, and is drawn", async () => {
  const out = mkdtempSync(join(tmpdir(), "mscc-light-cone-"));
  try {
    const lines: string[] = [];
    const { picture, check, pairs, passed } = await runDemo({ root: ".", out, print: (line) => lines.push(line) });
    expect(passed).toBe(true);
    expect(check).toMatchObject({ queries: 6144, pairs: pairs.useful });
    // Beside a plain float32 computation of the same: its worst element errs by about 1.4e-6.
    expect(check.output.kernel, `plain float32 errs ${check.output.plain}`).toBeLessThan(1e-5);
    expect(check.lse.kernel, `plain float32 errs ${check.lse.plain}`).toBeLessThan(2e-5);
    expect(pairs.dense).toBe(6144 ** 2);
    expect(pairs.visited).toBeLessThan(pairs.dense / 6);
    expect([...readFileSync(picture).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(readdirSync(out)).toEqual(["light-cone.png"]);
    const subjects = lines.map((line) => line.match(/^\w+/)?.[0] ?? "").filter(Boolean);
    const wanted = ["clip", "tokens", "compiled", "kernel", "derived", "adapter", "time", "pairs", "check", "picture"];
    expect(subjects).toEqual(wanted);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
