/** The conformance suite on emulated CUDA kernels, of each kind a part of the cases; with MSCC_CONFORMANCE=profiles all. */
import { describe, expect, it } from "vitest";
import { CUDA_KINDS } from "../../backends/cuda/kinds.js";
import { EVERY_PROFILE } from "../conformance/cases.js";
import { numbersSuite } from "../conformance/numbers.js";
import { onCuda } from "../conformance/on-cuda.js";
import { conformanceSuite } from "../conformance/suite.js";

describe.each(CUDA_KINDS)("$profile, $dtype", (kind) => {
  const backend = onCuda(kind);
  conformanceSuite(backend.name, () => backend, { oneIn: 16 });
  if (EVERY_PROFILE) numbersSuite(backend.name, () => backend, { dtype: kind.dtype });

  it("the kernels that were asked for are those that ran, but for layouts that they cannot take", () => {
    expect(backend.ran[kind.profile]).toBeGreaterThan(0);
  });
});
