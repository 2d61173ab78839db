/** scratch. */
import { writeFileSync } from "node:fs";
import { it } from "vitest";
import { createReader } from "../../compiler/frontend/read.js";
import { compileAttention } from "../../compiler/compile.js";
import { wgslTarget } from "../../backends/wgsl/index.js";
import { kernelOf } from "../conformance/on-gpu.js";
it("x", () => {
  const { patterns } = createReader().read("test/conformance/fixtures/operators.ts");
  for (const p of patterns) writeFileSync("/tmp/operators.wgsl", kernelOf(compileAttention(p, { target: wgslTarget }).plan, 1, 1).code);
});
