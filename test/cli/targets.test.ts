/** `--target`, `--profile` and `--dtype` of `mscc compile`: which kinds of kernels they name, and the files of CUDA. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CUDA_KINDS } from "../../backends/cuda/kinds.js";
import { KINDS } from "../../backends/wgsl/index.js";
import { kindsOfTargets, type TargetOptions } from "../../cli/arguments/targets.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { folderWith, mscc, pair } from "./mscc.js";

const kinds = (options: TargetOptions) => {
  const problems: Diagnostic[] = [];
  const { wgsl, cuda } = kindsOfTargets(options, problems);
  return { wgsl, cuda, codes: problems.map(({ code }) => code) };
};
const names = (list: readonly { readonly profile: string; readonly dtype: string }[]) =>
  list.map(({ profile, dtype }) => `${profile} ${dtype}`);

describe("kinds of the targets", () => {
  it("are float32 in WGSL and bfloat16 in CUDA where nothing is said", () => {
    const { wgsl, cuda, codes } = kinds({ target: "wgsl,cuda" });
    expect(wgsl).toEqual(KINDS.filter(({ dtype }) => dtype === "f32"));
    expect(names(cuda)).toEqual(["sm_90a bf16", "sm_80 bf16"]);
    expect(codes).toEqual([]);
    expect(kinds({ target: "wgsl" }).cuda).toEqual([]);
    expect(kinds({ target: "cuda" }).wgsl).toEqual([]);
  });

  it("are those that the options name, best first", () => {
    expect(kinds({ target: "cuda", dtype: "f32,f16,bf16" }).cuda).toEqual(CUDA_KINDS);
    expect(names(kinds({ target: "cuda", profile: "sm_80" }).cuda)).toEqual(["sm_80 bf16", "sm_80 f16", "sm_80 f32"]);
    const both = kinds({ target: "wgsl,cuda", profile: "baseline,sm_80", dtype: "f32" });
    expect([names(both.wgsl), names(both.cuda), both.codes]).toEqual([["baseline f32"], ["sm_80 f32"], []]);
  });

  it("are refused where a name is of no target, of another one, or leaves a target without a kernel", () => {
    expect(kinds({ target: "metal" }).codes).toEqual(["choice-unknown"]);
    expect(kinds({ target: "cuda", profile: "baseline" }).codes).toEqual(["target-other"]);
    expect(kinds({ target: "wgsl", dtype: "bf16" }).codes).toEqual(["target-other"]);
    expect(kinds({ target: "cuda", dtype: "f64" }).codes).toEqual(["choice-unknown"]);
    expect(kinds({ target: "cuda", profile: "sm_90a", dtype: "f32" }).codes).toEqual(["kinds-apart"]);
    expect(kinds({ target: "wgsl,cuda", dtype: "bf16" }).codes).toEqual(["kinds-apart"]);
  });
});

const folder = () => folderWith({ "p.ts": pair });
const list = (path: string) => readdirSync(path).sort();

describe("mscc compile --target", () => {
  it("writes what each target has, and takes away what a target that is left out had", async () => {
    const cwd = folder();
    const near = join(cwd, "out", "near");
    const compile = (target: string) => mscc(cwd, ["compile", "p.ts", "near", "--target", target, "--out", "out"]);
    expect((await compile("wgsl,cuda")).code).toBe(0);
    const cuda = ["near.cpp", "near.d64-v64.bf16.sm80.cu", "near.d64-v64.bf16.sm90a.cu", "near.h", "near.py"];
    expect(list(near)).toEqual(expect.arrayContaining([...cuda, "index.js", "index.d.ts", "manifest.json"]));
    expect((await compile("cuda")).code).toBe(0);
    expect(list(near)).toEqual([...cuda, "manifest.json"].sort());
    expect((await compile("wgsl")).code).toBe(0);
    expect(list(near).filter((file) => cuda.includes(file))).toEqual([]);
    expect(existsSync(join(near, "index.js"))).toBe(true);
  });

  it("leaves out, and says so, what tensor maps cannot hold", async () => {
    const wide = `import { attention } from "mscc";
/** Four axes. */
export const wide = attention({ axes: ["b", "t", "y", "x"], attend: ({ q, k }) => q.b === k.b && k.t <= q.t });
`;
    const cwd = folderWith({ "p.ts": wide });
    const { code, err } = await mscc(cwd, ["compile", "p.ts", "--target", "cuda", "--out", "out"]);
    expect(code).toBe(0);
    expect(err).toContain("warning no-cuda-kernel: wide has no kernel of the profile sm_90a for bf16: tensor maps");
    const kernels = list(join(cwd, "out", "wide")).filter((file) => file.endsWith(".cu"));
    expect(kernels).toEqual(["wide.d64-v64.bf16.sm80.cu"]);
  });

  it("names the lines of the pattern on demand, and goes back to its own", async () => {
    const cwd = folder();
    const file = join(cwd, "out", "near", "near.d64-v64.f32.sm80.cu");
    const compile = (...more: string[]) =>
      mscc(cwd, ["compile", "p.ts", "near", "--target", "cuda", "--dtype", "f32", "--out", "out", ...more]);
    await compile();
    expect(readFileSync(file, "utf8")).not.toContain("#line");
    await compile("--lines");
    const lines = readFileSync(file, "utf8").split("\n");
    const [pattern, self, ...rest] = lines.flatMap((line, i) => (line.startsWith("#line") ? [{ line, i }] : []));
    expect(rest).toEqual([]);
    expect(pattern?.line).toMatch(/^#line \d+ "p\.ts"$/);
    expect(self?.line).toBe(`#line ${(self?.i ?? 0) + 2} "near.d64-v64.f32.sm80.cu"`);
  });
});
