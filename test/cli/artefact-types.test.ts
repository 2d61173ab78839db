/** The emitted `index.d.ts` is precise for its variant, and refuses what the launcher would refuse. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesBelow, folderWith, lightCone, mscc, pair } from "./mscc.js";
import { faultsOf } from "./type-faults.js";

/** `index.d.ts` of two variants. */
async function emittedTypes(): Promise<{ readonly [variant: string]: string }> {
  const folder = folderWith({ "cone.ts": lightCone, "pair.ts": pair });
  await mscc(folder, ["compile", "cone.ts", "--head-dim", "64,80", "--set", "speed=1"]);
  await mscc(folder, ["compile", "pair.ts", "documents"]);
  const files = filesBelow(join(folder, "generated"));
  return Object.fromEntries(
    ["lightCone", "documents"].map((variant) => [variant, files[`${variant}/index.d.ts`] as string]),
  );
}

const start = `import { load } from "./lightCone";
import { load as loadDocuments } from "./documents";
declare const device: GPUDevice, buffer: GPUBuffer;
const grid = { buffer, shape: [1, 2, 3, 4, 5, 64] as const };
const line = { buffer, shape: [1, 2, 9, 64] as const };
const kernel = await load(device, { headDim: 80 });
const documents = await loadDocuments(device);
const operands = { q: grid, k: grid, v: grid, output: grid };
const lines = { q: line, k: line, v: line, output: line };
const document = { shape: [9] as const, data: new Int32Array(9) };
const bias = { shape: [9] as const, data: new Float32Array(9) };
`;

it("takes what is right, and refuses what is wrong", { timeout: 60_000 }, async () => {
  const types = await emittedTypes();
  const right = `${start}
const launch = kernel.bind({ ...operands, params: { frames: 4 }, queryOffset: [1, 0, 0], size: { q: [9, 9, 9] } });
launch.encode(device.createCommandEncoder());
await launch.run({ sliceMilliseconds: 50 });
documents.bind({ ...lines, tables: { document, bias } }).dispose();
`;
  expect(faultsOf(types, right)).toEqual([]);
  const wrong = `${start}
load(device, { headDim: 128 });
kernel.bind({ ...operands });
kernel.bind({ ...operands, params: { frames: 4, speed: 2 } });
kernel.bind({ ...operands, params: { frames: 4 }, queryOffset: [1, 0] });
kernel.bind({ ...lines, params: { frames: 4 } });
documents.bind({ ...lines, tables: { document } });
documents.bind({ ...lines, tables: { document: bias, bias } });
`;
  const faults = faultsOf(types, wrong);
  expect(faults).toHaveLength(7);
  const wants = [
    "'128' is not assignable",
    "params",
    "'2' is not assignable",
    "queryOffset|2 element",
    "shape|6",
    "bias",
    "Int32Array",
  ];
  for (const [i, want] of wants.entries()) expect(faults[i]).toMatch(new RegExp(want));
});
