/** `mscc compile --grid`: tiles chosen for grids, kernels that differ in them, and the choice that a launch makes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { host } from "../docs/still-device.js";
import { cross, filesBelow, folderWith, lightCone, mscc, pair } from "./mscc.js";

const SET = ["--set", "frames=3", "--set", "radius=2", "--set", "speed=0"];
const WIDE = ["--grid", "t=2,y=32,x=32"];
const DEEP = ["--grid", "t=32,y=4,x=4"];

async function compiled(source: string, ...argv: string[]) {
  const folder = folderWith({ "p.ts": source });
  const outcome = await mscc(folder, ["compile", "p.ts", "--profile", "baseline", ...argv]);
  const manifest = (name: string) => JSON.parse(readFileSync(join(folder, "generated", name, "manifest.json"), "utf8"));
  return { ...outcome, folder, manifest };
}

describe("one grid", () => {
  it("gives one kernel, whose manifest names the grid", async () => {
    const { err, out, manifest } = await compiled(lightCone, ...SET, ...WIDE);
    expect(err).toBe("");
    expect(out).toMatch(/^generated\/lightCone\/lightCone\.d64-v64\.f32\.\w+\.wgsl {2}query tile .* for 2x32x32, /);
    const [kernel, ...more] = manifest("lightCone").kernels;
    expect(more).toEqual([]);
    expect(kernel.grids).toEqual([{ q: [2, 32, 32], k: [2, 32, 32] }]);
  });

  it("changes nothing where params have no value, and says so", async () => {
    const plain = await compiled(lightCone);
    const { code, err, folder } = await compiled(lightCone, ...WIDE);
    expect(err).toContain("warning tiles-default: the tiles of lightCone are the default ones");
    expect(err).toContain("help: give values: `--set frames=... --set speed=...`");
    expect(code).toBe(0);
    expect(filesBelow(join(folder, "generated"))).toEqual(filesBelow(join(plain.folder, "generated")));
  });

  it("is no question where only one shape is legal", async () => {
    const { err, code } = await compiled(pair, "--grid", "x=100");
    expect([err, code]).toEqual(["", 0]);
  });

  it("may be two: of queries and of keys", async () => {
    const { err, manifest } = await compiled(cross, "--grid", "x=40", "--key-grid", "z=20");
    expect(err).toBe("");
    expect(manifest("halves").kernels[0].grids).toEqual([{ q: [40], k: [20] }]);
    expect((await compiled(cross, "--grid", "x=40")).err).toContain("error grid-key-missing");
    const uneven = await compiled(cross, "--grid", "x=4", "--grid", "x=5", "--key-grid", "z=2");
    expect(uneven.err).toContain("error grid-count: --grid gives 2 grids and --key-grid 1");
  });
});

describe("several grids", () => {
  it("give a kernel for each choice of tiles", async () => {
    const { err, out, manifest, folder } = await compiled(lightCone, ...SET, ...WIDE, ...DEEP, ...WIDE);
    expect(err).toBe("");
    const { kernels } = manifest("lightCone");
    expect(kernels.map(({ grids }: { grids: unknown }) => grids)).toEqual([
      [{ q: [2, 32, 32], k: [2, 32, 32] }],
      [{ q: [32, 4, 4], k: [32, 4, 4] }],
    ]);
    for (const { file, queryTile, keyTile } of kernels) {
      expect(file).toContain(`.q${queryTile.join("x")}-k${keyTile.join("x")}.wgsl`);
      expect(filesBelow(join(folder, "generated", "lightCone"))).toHaveProperty([file]);
      expect(out).toContain(file);
    }
  });

  it("share a kernel where the tiles are the same", async () => {
    const { manifest } = await compiled(pair, "near", "--grid", "x=100", "--grid", "x=200");
    const [kernel, ...more] = manifest("near").kernels;
    expect(kernel.file).not.toContain(".q32");
    expect(kernel.grids).toMatchObject([{ q: [100] }, { q: [200] }]);
    expect(more).toEqual([]);
  });

  it("are chosen from at launch: the nearest one", async () => {
    const { folder, manifest } = await compiled(lightCone, ...SET, ...WIDE, ...DEEP, "--head-dim", "8");
    const { load } = await import(/* @vite-ignore */ join(folder, "generated/lightCone/index.js"));
    const { device } = await host.openGpu();
    const kernel = await load(device);
    const tilesOf = (which: number, grid: readonly number[]) => {
      const { queryTile } = manifest("lightCone").kernels[which];
      return grid.reduce((so, extent, i) => so * Math.ceil(extent / queryTile[i]), 1);
    };
    const launched = (grid: readonly number[], more: object = {}) => {
      const shape = [1, 1, ...grid, 8];
      const operand = () => ({
        buffer: device.createBuffer({ size: 4 * shape.reduce((a, b) => a * b), usage: 0x80 }),
        shape,
      });
      return kernel.bind({ q: operand(), k: operand(), v: operand(), output: operand(), ...more }).tiles;
    };
    for (const grid of [
      [2, 32, 32],
      [3, 20, 40],
      [1, 9, 9],
    ])
      expect(launched(grid)).toBe(tilesOf(0, grid));
    for (const grid of [
      [32, 4, 4],
      [20, 5, 3],
    ])
      expect(launched(grid)).toBe(tilesOf(1, grid));
    expect(launched([1, 4, 4], { size: { q: [40, 4, 4] } })).toBe(tilesOf(1, [1, 4, 4]));
    expect(() => kernel.bind({})).toThrow("operand 'q' is missing");
    kernel.dispose();
  });
});
