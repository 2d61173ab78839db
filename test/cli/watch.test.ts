/** `mscc compile --watch`: compiles again at every kind of save, also of imported files, and goes on after errors. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { folderWith, mscc, recorder } from "./mscc.js";

const pattern = (body: string) => `import { attention } from "mscc";
import { near } from "./near.js";

export const near1 = attention({ axes: ["x"], attend: ({ q, k }) => ${body} });
`;

test("goes on after errors, through every kind of save", { timeout: 60_000 }, async () => {
  const near = "export const near = (a: number, b: number) => Math.abs(a - b) <= 1;\n";
  const folder = folderWith({ "p.ts": pattern("near(q.x, k.x)"), "near.ts": near });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const [stdout, stderr] = [recorder(), recorder()];
  const running = mscc(folder, ["compile", "p.ts", "--watch"], { stdout, stderr, signal: stop.signal });
  const builds = (count: number) =>
    vi.waitFor(() => expect(stdout.text().match(/waiting for changes/g)).toHaveLength(count), {
      timeout: 20_000,
      interval: 20,
    });
  const attend = () => JSON.parse(readFileSync(join(folder, "generated/near1/manifest.json"), "utf8")).attend as string;

  await builds(1);
  expect(stdout.text()).toMatch(/^(generated\/near1\/.*\n)+p\.ts: compiled near1 \(\d+ ms\); waiting for changes\n$/);
  const first = attend();

  writeFileSync(join(folder, "p.ts"), pattern("near(q.y, k.x)"));
  await builds(2);
  expect(stderr.text()).toContain("error unknown-axis: the query position `q` has no axis 'y'");
  expect(stdout.text()).toContain("p.ts: failed, nothing was written");
  expect(attend()).toBe(first);

  // An editor that writes beside and renames.
  writeFileSync(join(folder, "p.ts~"), pattern("near(q.x, k.x + 1)"));
  renameSync(join(folder, "p.ts~"), join(folder, "p.ts"));
  await builds(3);
  const second = attend();
  expect(second).not.toBe(first);

  // An imported file.
  writeFileSync(join(folder, "near.ts"), near.replace("<= 1", "<= 7"));
  await builds(4);
  expect(attend()).not.toBe(second);

  rmSync(join(folder, "p.ts"));
  await builds(5);
  expect(stderr.text()).toContain("error file-missing: file 'p.ts' does not exist");
  writeFileSync(join(folder, "p.ts"), pattern("near(q.x, k.x)"));
  await builds(6);
  expect(existsSync(join(folder, "generated/near1/index.js"))).toBe(true);

  stop.abort();
  expect((await running).code).toBe(0);
});

test("tensor operations too", { timeout: 60_000 }, async () => {
  const operation = (factor: number) => `import { input, tensor } from "mscc";
export const scaled = tensor({ axes: ["t"], inputs: { x: input("t") }, value: ({ x }, { t }) => ${factor} * x(t) });
`;
  const folder = folderWith({ "o.ts": operation(2) });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const stdout = recorder();
  const running = mscc(folder, ["compile", "o.ts", "--watch"], { stdout, signal: stop.signal });
  const text = () => JSON.parse(readFileSync(join(folder, "generated/scaled/manifest.json"), "utf8")).text as string[];
  await vi.waitFor(() => expect(stdout.text()).toMatch(/o\.ts: compiled scaled \(\d+ ms\); waiting/), 20_000);
  expect(text()).toEqual(["2 * x(at.t)"]);
  writeFileSync(join(folder, "o.ts"), operation(3));
  await vi.waitFor(() => expect(text()).toEqual(["3 * x(at.t)"]), 20_000);
  stop.abort();
  expect((await running).code).toBe(0);
});
