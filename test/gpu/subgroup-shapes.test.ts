/**
 * Ways in which rows and keys may lie in the invocations of a subgroup, on subgroups of 8: what kernels for 32 do (one
 * row each, two halves of every key loaded at a time), kernels for 4, and two vectors of rows.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { emitWgsl, kindOf } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import { type Gpu, openGpu, runAttention } from "../../runtime/index.js";
import type { Case } from "../conformance/cases.js";
import { lay } from "../conformance/layouts.js";
import { errorsOf, expected } from "../conformance/run.js";
import { sceneOf } from "../conformance/scene.js";
import { variantOf } from "../conformance/variants.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.close());

const SHAPES = [
  { title: "one row, halves of 4 keys", queriesPerTile: 8, size: 8, group: 4 },
  { title: "two rows", queriesPerTile: 16, size: 8, group: 16 },
  { title: "eight rows in two vectors", queriesPerTile: 64, size: 8, group: 8 },
  { title: "subgroups of 4", queriesPerTile: 32, size: 4, group: 8 },
] as const;

// A mask by bounds, by pairs, several regions with a lattice, a score with a table.
const VARIANTS = ["lightCone", "disc", "iFramesWindow", "relativeBias"];
/** 10 vectors of a head divide into halves, 5 of a value do not. */
const DIMS = { headDim: 40, valueDim: 20 };

// On SwiftShader, whose subgroups are of 4, the shapes are those of its own conformance suite.
describe.runIf(process.env.MSCC_DRIVER !== "swiftshader").each(SHAPES)("$title", ({ queriesPerTile, size, group }) => {
  it.each(VARIANTS)("%s", async (variant) => {
    const each: Case = {
      ...{ variant, sizes: "primes", ...DIMS, gqa: 3, batches: 1, layout: "dense" },
      ...{ offsets: "none", grid: "whole", params: "small" },
    };
    const scene = sceneOf(each);
    const { pattern } = variantOf(variant).plan;
    const { plan } = compileAttention(pattern, { target: { name: "wgsl", queriesPerTile, keysPerTile: 32 } });
    const kind = { ...kindOf("subgroups", 8), subgroupSize: size };
    const { code, kernel } = emitWgsl(plan, { ...DIMS, kind, group });
    const dense = { q: lay("dense", scene.q), k: lay("dense", scene.k), v: lay("dense", scene.v) };
    const compiled = { manifest: manifestOf(plan, [kernel], "0.0.0"), kernel, code };
    const got = await runAttention(gpu, compiled, { ...scene, ...dense });
    const { want, plain } = expected(variant, scene);
    expect(errorsOf(got.output, plain.output, want.output).used).toBeLessThanOrEqual(1);
    expect(errorsOf(got.lse, plain.lse, want.lse).used).toBeLessThanOrEqual(1);
  });
});
