/** Runs the command line in this process or as a process of its own, in folders that disappear with the test. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { run } from "../../cli/command-line.js";
import type { Io } from "../../cli/io.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const builtMain = join(root, "dist", "cli", "main.js");

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The files by name, in a new folder. */
export function folderWith(files: { readonly [name: string]: string | Uint8Array }): string {
  const folder = mkdtempSync(join(tmpdir(), "mscc-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** An output that keeps what is written. */
export function recorder(isTTY = false) {
  const parts: string[] = [];
  return { isTTY, write: (text: string) => parts.push(text), text: () => parts.join("") };
}

/** `mscc ...argv` in this process. */
export async function mscc(cwd: string, argv: readonly string[], more: Partial<Io> = {}): Promise<Outcome> {
  const [stdout, stderr] = [recorder(), recorder()];
  const code = await run(argv, { stdout, stderr, cwd, env: process.env, ...more });
  return { code, out: stdout.text(), err: stderr.text() };
}

/** `mscc ...argv` as the built program. */
export function spawnMscc(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [builtMain, ...argv], { cwd, env, encoding: "utf8" });
  return { code: status ?? -1, out: stdout, err: stderr };
}

/** Every file below a folder, by its path from there. */
export function filesBelow(folder: string): { readonly [path: string]: string } {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

export const lightCone = `import { attention, int } from "mscc";

/** A token sees its past light cone: reach grows by \`speed\` tokens per frame of age. */
export const lightCone = attention({
  axes: ["t", "y", "x"],
  params: { frames: int({ min: 1, max: 64 }), radius: int({ min: 0, default: 1 }), speed: int({ min: 0 }) },
  attend: ({ q, k, frames, radius, speed }) => {
    const age = q.t - k.t;
    const reach = radius + speed * age;
    return age >= 0 && age < frames && Math.abs(q.y - k.y) <= reach && Math.abs(q.x - k.x) <= reach;
  },
});
`;

/** Two patterns of one axis, one with tables. */
export const pair = `import { attention, float, int, table } from "mscc";

/** A token sees its neighbours. */
export const near = attention({
  axes: ["x"],
  params: { reach: int({ min: 0, max: 9, default: 2 }) },
  attend: ({ q, k, reach }) => Math.abs(q.x - k.x) <= reach,
});

/** A token sees its own document, with a bias per distance. */
export const documents = attention({
  axes: ["x"],
  params: { slope: float({ default: 0.5 }) },
  tables: { document: table.int("x", { min: 0, sorted: true }), bias: table("distance") },
  attend: ({ q, k, document }) => document(q.x) === document(k.x),
  score: ({ s, q, k, slope, bias }) => s + slope * bias(Math.abs(q.x - k.x)),
});
`;

/** A grid of queries and a grid of keys. */
export const cross = `import { attention } from "mscc";

/** A query sees the keys of its half. */
export const halves = attention({
  axes: { query: ["x"], key: ["z"] },
  attend: ({ q, k }) => Math.floor(q.x / 2) === k.z,
});
`;
