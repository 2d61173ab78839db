/** How long the built program takes from a cold start; it prints the figures. */
import { expect, it } from "vitest";
import { folderWith, lightCone, pair, spawnMscc } from "./mscc.js";

/** The best of some runs: other processes only ever add to it. */
function milliseconds(runs: number, cwd: string, argv: readonly string[]): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    expect(spawnMscc(cwd, argv).err).toBe("");
    return performance.now() - start;
  });
  return Math.round(Math.min(...times));
}

it("compiles one variant cold in less than 2.5 s, for any extents, and the next in less than 200 ms", () => {
  const folder = folderWith({ "p.ts": lightCone, "pair.ts": pair });
  const one = milliseconds(3, folder, ["compile", "p.ts"]);
  const huge = milliseconds(3, folder, ["compile", "p.ts", "--grid", "t=10000000,y=10000000,x=10000000"]);
  const { out } = spawnMscc(folder, ["compile", "pair.ts", "--format", "json"]);
  const [, further] = (JSON.parse(out) as { kernels: { milliseconds: number }[] }).kernels;
  const help = milliseconds(3, folder, ["--help"]);
  console.log(`mscc compile, cold: ${one} ms; with extents of 10 million: ${huge} ms; --help: ${help} ms`);
  console.log(`a further variant of the same run: ${further?.milliseconds} ms`);
  expect(one).toBeLessThan(2500);
  expect(huge).toBeLessThan(2500);
  expect(further?.milliseconds).toBeLessThan(200);
  expect(help).toBeLessThan(1000);
});
