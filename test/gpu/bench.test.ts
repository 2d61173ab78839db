/** `mscc bench` on the adapter: its text, its data, and what it says where there is none. */
import { expect, it } from "vitest";
import { cross, folderWith, lightCone, mscc, spawnMscc } from "../cli/mscc.js";

const cone = ["--grid", "t=3,y=8,x=16", "--set", "frames=2", "--set", "speed=1"];

it("times a pattern beside dense attention, on a grid for each side", async () => {
  const folder = folderWith({ "p.ts": cross });
  const argv = ["--grid", "x=90", "--key-grid", "z=45", "--head-dim", "8", "--heads", "2/1"];
  const { code, out } = await mscc(folder, ["bench", "p.ts", ...argv]);
  expect(code).toBe(0);
  expect(out).toMatch(/^halves: grid x=90, keys z=45, heads 2\/1, head dim 8, f32\n/);
  expect(out).toMatch(
    /\n.+, (?:baseline|subgroups of \d+)\n {2}time {5}[\d.,]+ ms, median of \d warm runs\n {2}useful {3}[\d.]+ TFLOP\/s: /,
  );
  expect(out).toMatch(/\n {2}dense {4}[\d.,]+ ms by the same kernel without a mask, [\d.]+ times as (long|fast)\n/);
  expect(out).toMatch(/\n {2}tiles {4}[\d]+ queries, [\d]+ keys, chosen for this grid\n$/);
});

it("gives data", async () => {
  const folder = folderWith({ "p.ts": lightCone });
  const { code, out } = await mscc(folder, ["bench", "p.ts", ...cone, "--head-dim", "16", "--format", "json"]);
  expect(code).toBe(0);
  const data = JSON.parse(out);
  expect(Object.keys(data)).toEqual([
    "variant",
    "grid",
    "heads",
    "headDim",
    "dtype",
    "profile",
    "milliseconds",
    "usefulFlops",
    "visitedFlops",
    "denseMilliseconds",
  ]);
  const size = [3, 8, 16];
  expect(data).toMatchObject({ variant: "lightCone", grid: { q: size, k: size }, heads: 2, headDim: 16, dtype: "f32" });
  // Of each frame its own 3 x 3, of the one before 5 x 5, less at the borders: 22 x 46 and 34 x 74 pairs a frame.
  expect(data.usefulFlops).toBe(4 * 16 * 2 * (3 * 22 * 46 + 2 * 34 * 74));
  expect(data.visitedFlops).toBeGreaterThanOrEqual(data.usefulFlops);
  expect(data.milliseconds).toBeGreaterThan(0);
  expect(data.denseMilliseconds).toBeGreaterThan(0);
});

it("says what to install where there is no adapter", () => {
  const env = { ...process.env, VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
  const { code, out, err } = spawnMscc(folderWith({ "p.ts": lightCone }), ["bench", "p.ts", ...cone], env);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("error no-adapter: no WebGPU adapter was found on this machine\n  help: install");
});
