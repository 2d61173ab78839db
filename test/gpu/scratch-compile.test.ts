/** scratch. */
import { it } from "vitest";
import { kernelOf } from "../conformance/on-gpu.js";
import { sceneOf } from "../conformance/scene.js";
import { variants } from "../conformance/variants.js";
import { openGpu, runAttention } from "../../runtime/index.js";
function bits(e: string): string {
  const parts: string[] = [];
  let op = "", cur = "";
  for (let i = 0; i < e.length; i++) {
    if (e[i] === "(") {
      let d = 1, j = i + 1;
      while (d > 0) { if (e[j] === "(") d++; if (e[j] === ")") d--; j++; }
      // arguments
      const args: string[] = []; let s = i + 1, dd = 0;
      for (let k = i + 1; k < j; k++) { if (e[k] === "(") dd++; if (e[k] === ")" && k < j - 1) dd--; if ((e[k] === "," && dd === 0) || k === j - 1) { args.push(bits(e.slice(s, k).trim())); s = k + 1; } }
      cur += `(${args.join(", ")})`; i = j - 1;
    } else if (e.startsWith("||", i) || e.startsWith("&&", i)) { parts.push(cur.trim()); cur = ""; op = e[i]!; i++; }
    else cur += e[i];
  }
  parts.push(cur.trim());
  return parts.length > 1 ? parts.map((p) => `(${p})`).join(` ${op} `) : parts[0]!;
}
it("x", async () => {
  const gpu = await openGpu();
  for (const v of variants.values()) {
    if (process.env.ONLY && !process.env.ONLY.split(",").includes(v.name)) continue;
    const base = kernelOf(v.plan, 8, 8);
    const scene = sceneOf({ variant: v.name, sizes: "ones", headDim: 8, valueDim: 8, gqa: 1, layout: "dense", offsets: "none", grid: "whole", params: "small", batches: 1 });
    const line: string[] = [];
    for (const [name, change] of [["asis", (s: string) => s.replace("fn main", "fn  main")], ["bits", (s: string) => s.replace(/return ([^;]*(?:&&|\|\|)[^;]*);/g, (_, e) => `return ${bits(e)};`).replace(/if \(([^\n]*(?:&&|\|\|)[^\n]*)\) \{/g, (_, e) => `if (${bits(e)}) {`)]] as const) {
      const t = performance.now(), c = process.cpuUsage();
      await runAttention(gpu, { ...base, code: change(base.code) }, scene as never);
      const u = process.cpuUsage(c);
      line.push(`${name} ${(performance.now() - t).toFixed(0)} ms ${((u.user + u.system) / 1000).toFixed(0)} cpu`);
    }
    console.log(process.env.MSCC_DRIVER, v.name, line.join("; "));
  }
  gpu.close();
}, 600000);
