/** scratch: compile time of one variant */
import { it } from "vitest";
import { createReader } from "../../compiler/frontend/read.js";
import { compileAttention } from "../../compiler/compile.js";
import { emitWgsl, wgslTarget } from "../../backends/wgsl/index.js";
import { openGpu, runAttention } from "../../runtime/index.js";
it("x", async () => {
  const gpu = await openGpu();
  for (const f of (process.env.FILES ?? "light-cone,dense,i-frames-window").split(",")) {
    for (const p of createReader().read(`dsl/variants/${f}.ts`).patterns) {
      const { plan } = compileAttention(p, { target: wgslTarget });
      const base = emitWgsl(plan, { headDim: 64, valueDim: 64 });
      const { kernel, checks } = base;
      const n = (v: string) => new RegExp(v, "g");
      const versions: Record<string, (s: string) => string> = {
        warmup: (s) => s.replace("let is_full", "let is_fuller = 1; let is_full"), asis: (s) => s,






      };
      for (const [name, change] of Object.entries(versions)) {
        if (process.env.ONLY && !process.env.ONLY.split(",").includes(name)) continue;
        const code = change(base.code.replace("  first_tile: u32,", "  first_tile: u32,").replace(/  param_|\}\n\n@group\(0\) @binding\(0\)/, (m) => (m.startsWith("}") ? `  none: u32,\n${m}` : m))).replace(/struct Uniforms \{([^}]*)\}/, (m, b) => b.includes("none: u32") ? m : `struct Uniforms {${b}  none: u32,\n}`);
        const k2 = { ...kernel, uniforms: { size: kernel.uniforms.size + 16, fields: kernel.uniforms.fields } };
        const manifest = { schema: 1, mscc: "0", name: p.name + name, source: "", sentence: "", attend: "", axes: p.axes, params: p.params, tables: p.tables, checks, kernels: [k2] } as never;
        const ext = (n: number) => [2, 4, 8].slice(3 - n);
        const e = ext(p.axes.query.length);
        const rnd = (shape: number[]) => ({ shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.random() * 2 - 1) });
        const params = Object.fromEntries(p.params.map((x) => [x.name, x.default ?? Math.max(x.min ?? 0, 2)]));
        const input = { q: rnd([1, 2, ...e, 64]), k: rnd([1, 2, ...e, 64]), v: rnd([1, 2, ...e, 64]), params };
        const c0 = process.cpuUsage();
        await runAttention(gpu, { manifest, kernel: k2, code }, input as never);
        const c1 = process.cpuUsage(c0); const first = (c1.user + c1.system) / 1000;
        const { milliseconds } = await runAttention(gpu, { manifest, kernel: k2, code }, input as never, { timing: true });
        console.log(p.name, name, "first", first.toFixed(0), "warm", milliseconds?.toFixed(0));
      }
    }
  }
  gpu.close();
}, 600000);
