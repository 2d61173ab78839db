/** The patterns as `bench/gpu/cuda.py` has them are those that mscc compiles: they count the same pairs. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { preparedVariant, readPatterns } from "../../bench/gpu/counts.js";
import { VARIANTS } from "../../bench/gpu/settings.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import { root } from "../cli/mscc.js";

const python = spawnSync("python3", ["--version"], { encoding: "utf8" });
if (python.status !== 0) console.warn("NOT RUN: the patterns of bench/gpu in Python, since there is no python3");

it.skipIf(python.status !== 0)("counts the pairs of every variant as mscc does", async () => {
  const patterns = await readPatterns();
  const variants = VARIANTS.map((each) => preparedVariant(patterns.get(each.name) as Pattern, each));
  const script = join(root, "bench/gpu/parts/patterns.py");
  const { stdout, stderr } = spawnSync("python3", ["-B", script], {
    encoding: "utf8",
    input: JSON.stringify({ variants }),
  });
  expect([stderr, stdout.trim()]).toEqual(["", "the same pairs"]);
});
