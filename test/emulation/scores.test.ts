/** Scores that stand for a mask on emulated CUDA kernels: a bias as low as float32 goes, for all keys of a row's first boxes. */
import { expect, it } from "vitest";
import { CUDA_KINDS } from "../../backends/cuda/kinds.js";
import type { Case } from "../conformance/cases.js";
import { lay } from "../conformance/layouts.js";
import { cudaPlan, onCuda } from "../conformance/on-cuda.js";
import { errorsOf, expected, storable, storingOf } from "../conformance/run.js";
import { sceneOf } from "../conformance/scene.js";
import { variantOf } from "../conformance/variants.js";

const DIM = 8;
const RADIUS = 10;
const EXTENTS = [21, 40] as const;
const LOWEST = -3.4028234663852886e38;
const { plan } = variantOf("relativeBias");

const kinds = CUDA_KINDS.filter(({ dtype }) => dtype === "bf16");

it.each(kinds)("$profile, $dtype", async (kind) => {
  const { dtype } = kind;
  const one: Case = {
    ...{ variant: "relativeBias", sizes: "primes", headDim: DIM, valueDim: DIM, gqa: 1, layout: "dense" },
    ...{ offsets: "none", grid: "whole", params: "small", batches: 1 },
  };
  const scene = storable(sceneOf(one, { q: EXTENTS, k: EXTENTS }), dtype);
  const across = 2 * RADIUS + 1;
  // Keys above the query.
  const data = Float32Array.from({ length: across ** 2 }, (_, i) => (Math.floor(i / across) > RADIUS ? LOWEST : 0));
  const params = { ...scene.params, radius: RADIUS };
  const tables = { ...scene.tables, bias: { shape: [across, across], data } };
  const given = { ...scene, params, tables };
  const backend = onCuda(kind);
  const operands = { q: lay("dense", given.q), k: lay("dense", given.k), v: lay("dense", given.v) };
  const own = cudaPlan(plan.pattern, kind, DIM, DIM);
  const got = await backend.run(own, { ...given, ...operands, outputLayout: "dense" });
  const { want, plain } = expected("relativeBias", given, backend);
  const errors = { spread: plain.spread, storing: storingOf(backend) };
  expect(want.output.every(Number.isFinite)).toBe(true);
  expect(errorsOf(got.output, plain.output, want.output, errors).used).toBeLessThanOrEqual(1);
  expect(errorsOf(got.lse, plain.lse, want.lse).used).toBeLessThanOrEqual(1);
});
