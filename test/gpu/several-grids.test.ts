/** Kernels with tiles chosen for grids, in one emitted module: each launch takes the one for its grid, and every one is right. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { reference } from "../../dsl/index.js";
import { lightCone as declared } from "../../dsl/variants/light-cone.js";
import { type Gpu, openGpu } from "../../runtime/index.js";
import { folderWith, lightCone, mscc } from "../cli/mscc.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const DIM = 8;
const PARAMS = { frames: 3, radius: 1, speed: 1 };
const STORAGE = 0x80 | 0x4 | 0x8;

/** The worst error of one launch, and its number of tiles. */
async function errorOn(kernel: { bind(options: object): Launch }, grid: readonly number[]) {
  const shape = [1, 1, ...grid, DIM];
  const count = shape.reduce((so, extent) => so * extent, 1);
  const values = (seed: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
  const inputs = { q: { shape, data: values(1) }, k: { shape, data: values(2) }, v: { shape, data: values(3) } };
  const upload = (data: Float32Array<ArrayBuffer>) => {
    const buffer = gpu.device.createBuffer({ size: data.byteLength, usage: STORAGE });
    gpu.device.queue.writeBuffer(buffer, 0, data);
    return { buffer, shape };
  };
  const output = upload(new Float32Array(count));
  const operands = { q: upload(inputs.q.data), k: upload(inputs.k.data), v: upload(inputs.v.data), output };
  const launch = kernel.bind({ ...operands, params: PARAMS });
  const encoder = gpu.device.createCommandEncoder();
  launch.encode(encoder);
  const copy = gpu.device.createBuffer({ size: 4 * count, usage: 0x1 | 0x8 });
  encoder.copyBufferToBuffer(output.buffer, 0, copy, 0, 4 * count);
  gpu.device.queue.submit([encoder.finish()]);
  await launch.finished();
  await copy.mapAsync(1);
  const got = new Float32Array(copy.getMappedRange().slice(0));
  const want = reference(declared, { ...inputs, params: PARAMS }).output;
  for (const { buffer } of Object.values(operands)) buffer.destroy();
  copy.destroy();
  return {
    tiles: launch.tiles,
    worst: want.reduce((most, x, i) => Math.max(most, Math.abs(x - (got[i] as number))), 0),
  };
}

interface Kind {
  readonly profile: string;
  readonly subgroupSize?: number;
}

interface Launch {
  readonly tiles: number;
  encode(encoder: GPUCommandEncoder): void;
  finished(): Promise<void>;
}

it("takes the kernel for the nearest grid", async () => {
  const folder = folderWith({ "p.ts": lightCone, "package.json": '{ "type": "module" }' });
  const set = Object.entries(PARAMS).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const grids = ["--grid", "t=1,y=16,x=16", "--grid", "t=16,y=2,x=4"];
  expect((await mscc(folder, ["compile", "p.ts", ...set, ...grids, "--head-dim", String(DIM)])).code).toBe(0);
  const { load, manifest } = await import(/* @vite-ignore */ join(folder, "generated/lightCone/index.js"));
  const kinds = new Set(manifest.kernels.map(({ profile, subgroupSize }: Kind) => `${profile} ${subgroupSize}`));
  expect(manifest.kernels).toHaveLength(2 * kinds.size);
  const kernel = await load(gpu.device);
  const launches: readonly (readonly [kernel: number, grid: readonly number[]])[] = [
    [0, [1, 16, 16]],
    [0, [2, 9, 11]],
    [1, [16, 2, 4]],
    [1, [13, 3, 3]],
  ];
  for (const [which, grid] of launches) {
    const { queryTile } = manifest.kernels[which * kinds.size];
    const { tiles, worst } = await errorOn(kernel, grid);
    expect(tiles).toBe(grid.reduce((so, extent, i) => so * Math.ceil(extent / queryTile[i]), 1));
    expect(worst).toBeLessThan(1e-5);
  }
  kernel.dispose();
});
