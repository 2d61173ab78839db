/** What the built program costs from a cold start, in processor time, which other work on the machine hardly changes. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { builtMain, folderWith, lightCone, pair, spawnMscc } from "./mscc.js";

/** Prints the processor time of the process that imports it, all threads together, when it ends. */
const clock = `data:text/javascript,process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write("cpu " + (user + system) / 1000);
});`;

interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

/** The cheapest of three runs, in milliseconds. */
function costOf(cwd: string, ...argv: readonly string[]): Cost {
  const costs = Array.from({ length: 3 }, () => {
    const start = performance.now();
    const { stderr, status } = spawnSync(process.execPath, ["--import", clock, builtMain, ...argv], {
      cwd,
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
    return { cpu: Math.round(Number(/cpu (\S+)$/.exec(stderr)?.[1])), wall: Math.round(performance.now() - start) };
  });
  return costs.reduce((best, cost) => (cost.cpu < best.cpu ? cost : best));
}

it("compiles one variant cold in less than 2.5 s, for any extents, and the next in less than 200 ms", () => {
  const folder = folderWith({ "p.ts": lightCone, "pair.ts": pair });
  const one = costOf(folder, "compile", "p.ts");
  const huge = costOf(folder, "compile", "p.ts", "--grid", "t=10000000,y=10000000,x=10000000");
  const help = costOf(folder, "--help");
  const { out } = spawnMscc(folder, ["compile", "pair.ts", "--format", "json"]);
  const [, further] = (JSON.parse(out) as { kernels: { milliseconds: number }[] }).kernels;
  const text = ({ cpu, wall }: Cost) => `${cpu} ms of processor time, ${wall} ms by the clock`;
  console.log(`mscc compile of one variant, cold: ${text(one)}`);
  console.log(`the same with extents of 10 million: ${text(huge)}`);
  console.log(`a further variant of the same run: ${further?.milliseconds} ms; mscc --help: ${text(help)}`);
  expect(one.cpu).toBeLessThan(2500);
  expect(huge.cpu).toBeLessThan(2500);
  expect(further?.milliseconds).toBeLessThan(200);
  expect(help.cpu).toBeLessThan(1000);
});

/** Prints, when the process that imports it ends, whether the solver's package was loaded. A URL of data ends at `?`. */
const loaded = `data:text/javascript,import { createRequire } from "node:module";
  const { cache } = createRequire("file:///");
  process.on("exit", () => {
    const found = Object.keys(cache).some((path) => path.includes("z3-built"));
    process.stderr.write("solver " + ["spared", "loaded"][Number(found)]);
  });`;

it("loads the solver for nothing but proofs that are not known, and ends by itself", () => {
  const folder = folderWith({ "p.ts": pair });
  const env = { ...process.env, MSCC_CACHE: join(folder, "cache") };
  const solver = (...argv: readonly string[]) => {
    const argv0 = ["--import", loaded, builtMain, ...argv];
    const { stderr, status } = spawnSync(process.execPath, argv0, {
      cwd: folder,
      env,
      encoding: "utf8",
      timeout: 60_000,
    });
    return [status, /solver (\S+)$/.exec(stderr)?.[1]];
  };
  expect(solver("--help")).toEqual([0, "spared"]);
  expect(solver("compile", "p.ts")).toEqual([0, "spared"]);
  expect(solver("prove", "p.ts", "near", "--causal", "z")).toEqual([1, "spared"]);
  expect(solver("prove", "p.ts", "near", "--causal", "x")).toEqual([1, "loaded"]);
  expect(solver("compile", "p.ts", "near", "--proved")).toEqual([0, "loaded"]);
  expect(solver("prove", "p.ts", "near")).toEqual([0, "spared"]);
});
