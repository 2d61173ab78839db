/** scratch */
import { it } from "vitest";
import { writeFileSync } from "node:fs";
import { createReader } from "../compiler/frontend/read.js";
import { compileAttention } from "../compiler/compile.js";
import { emitWgsl, wgslTarget } from "../backends/wgsl/index.js";
import { renderDiagnostic } from "../compiler/diagnostics/render.js";
import { readdirSync } from "node:fs";
it("x", () => {
  const files = readdirSync("dsl/variants").map((f) => `dsl/variants/${f}`);
  const reader = createReader(files);
  for (const f of files) {
    const { patterns, diagnostics } = reader.read(f);
    for (const d of diagnostics) console.log(renderDiagnostic(d, { color: false }));
    for (const p of patterns) {
      const t = performance.now();
      const { plan } = compileAttention(p, { target: wgslTarget });
      const e = emitWgsl(plan, { headDim: 64, valueDim: 64 });
      writeFileSync(`/tmp/try/${p.name}.wgsl`, e.code);
      console.log(p.name, (performance.now() - t).toFixed(1), "ms", e.code.length, "checks", e.checks.length, plan.forward.regions.length, "regions", plan.forward.regions.map((r) => r.loops.map((l) => l.scanned ? "S" : l.residue ? "L" : "b").join("")).join());
    }
  }
});
