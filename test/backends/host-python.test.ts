/** The PyTorch module: compiled, loaded and called on a fake PyTorch and a fake nvcc; every text that it raises. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { emitDispatcher, emitHeader, emitPython } from "../../backends/cuda/host/index.js";
import { root } from "../cli/mscc.js";
import { variants } from "../conformance/variants.js";
import { textOf } from "../docs/blocks.js";
import { FAKE_CUDA, plansOf, runQuietly, scratchFolder, stubKernel, stubSource, toolVersion } from "./host-stub.js";

const PYTHON = toolVersion("python3");
const { busy, taken } = plansOf(join(root, "test/backends/fixtures/host-patterns.ts"));
if (!busy || !taken) throw new Error("the patterns of this test are gone");

const work = scratchFolder();
afterAll(work.remove);
const kernels = [stubKernel(busy), stubKernel(busy, { architecture: "sm_90a" })];
const manifest = manifestOf(busy, [], "");
for (const kernel of kernels) work.write(`busy/${kernel.file}`, stubSource(busy, kernel));
work.write("busy/busy.h", emitHeader(manifest, kernels));
work.write("busy/busy.cpp", emitDispatcher(manifest, kernels));
work.write("busy/busy.py", emitPython(manifest, kernels));

const FIXTURES = join(root, "test/backends/fixtures/torch");

/** What the stub of a kernel prints goes to stdout, all else to stderr. */
const PROLOGUE = `import functools
import sys
print = functools.partial(print, file=sys.stderr)
sys.path.insert(0, "busy")
import torch
import busy
from torch import Tensor, float32, float64, int32, int64


def call(**changes):
    given = dict(q=Tensor([2, 4, 3, 16, 64]), k=Tensor([2, 2, 3, 16, 64]), v=Tensor([2, 2, 3, 16, 64]),
                 shift=Tensor([3], int32), slope=Tensor([4], float32), weight=Tensor([2, 7], float32),
                 bias=Tensor([2], float32), frames=10, step=2, gain=1.0)
    given.update(changes)
    return busy.attention(given.pop("q"), given.pop("k"), given.pop("v"), **given)


def said(**changes):
    try:
        call(**changes)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
    else:
        print("nothing")
`;

/** What a script prints that calls the module. */
function run(script: string, environment: { readonly [name: string]: string } = {}) {
  work.write("script.py", `${PROLOGUE}\n${script}\n`);
  const { status, stdout, stderr } = spawnSync("python3", ["script.py"], {
    cwd: work.folder,
    encoding: "utf8",
    env: {
      ...process.env,
      ...{ PYTHONPATH: FIXTURES, PYTHONDONTWRITEBYTECODE: "1", FAKE_CUDA },
      ...{ MSCC_NVCC: join(FIXTURES, "nvcc.sh"), FAKE_NVCC_LOG: join(work.folder, "nvcc.log") },
      ...{ MSCC_CACHE_DIR: join(work.folder, "cache") },
      ...environment,
    },
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return { said: stderr.trimEnd().split("\n"), launched: stdout };
}

const python = (...given: Parameters<typeof run>) => run(...given).said;

/** A call with something changed, and what is raised; `mscc busy: ` is left out. */
const RAISED: readonly (readonly [change: string, raised: string])[] = [
  ["q=[1]", "TypeError: q is list, expected a torch.Tensor"],
  [
    "q=Tensor([4, 3, 16, 64])",
    "ValueError: q has shape [4, 3, 16, 64], expected 5 dimensions: [batch, heads, t, x, dim]",
  ],
  ["q=Tensor([2, 4, 3, 16, 64], on='cpu')", "ValueError: q is on cpu, expected a cuda device"],
  ["k=Tensor([2, 2, 3, 16, 64], on='cuda:1')", "ValueError: k is on cuda:1, expected cuda:0, where q is"],
  ["q=Tensor([2, 4, 3, 16, 64], float64)", "TypeError: q has dtype torch.float64, expected torch.bfloat16"],
  ["v=Tensor([2, 2, 3, 16, 64], float32)", "TypeError: v has dtype torch.float32, expected torch.bfloat16"],
  ["k=Tensor([3, 2, 3, 16, 64])", "ValueError: axis 'batch' of k has extent 3, expected 2 (as in q)"],
  ["v=Tensor([2, 2, 3, 17, 64])", "ValueError: axis 'x' of v has extent 17, expected 16 (as in k)"],
  ["bias=3", "TypeError: table 'bias' is int, expected a torch.Tensor"],
  ["shift=Tensor([3], int64)", "TypeError: table 'shift' has dtype torch.int64, expected torch.int32"],
  ["weight=Tensor([7], float32)", "ValueError: table 'weight' has shape [7], expected 2 dimensions: [batch, n]"],
  ["frames=True", "TypeError: param 'frames' is True, expected an integer"],
  ["frames=2**40", "ValueError: param 'frames' is 1099511627776, expected an integer of 32 bits"],
  ["gain='1'", "TypeError: param 'gain' is '1', expected a number"],
  ["scale=0", "ValueError: scale is 0, expected a number that is not 0 in float32, or None for 1 / sqrt(dim)"],
  ["size=[3]", "ValueError: size has 1 entries, expected 2: [t, x]"],
  ["query_offset=[0, 1.5]", "TypeError: query_offset on axis 'x' is 1.5, expected an integer"],
  ["key_extent=[4, 16]", "ValueError: key_extent is 4 on axis 't', expected 1 to 3, which k has room for"],
  ["key_ring=[True]", "ValueError: key_ring has 1 entries, expected 2: [t, x]"],
  ["out=Tensor([2, 4, 3, 16, 32])", "ValueError: axis 'dim' of out has extent 32, expected 64 (as in q and v)"],
  ["out=Tensor([2, 4, 3, 16, 64], strides=[0, 0, 0, 0, 0])", "ValueError: elements of out overlap: every stride is 0"],
  // What the C side finds.
  ["frames=65", "ValueError: param 'frames' is 65, expected 1 to 64"],
  ["q=Tensor([2, 4, 0, 16, 64])", "ValueError: query_extent is 0 on axis 't', expected 1 to 2147483647"],
  [
    "q=Tensor([2, 4, 3, 16, 32]), k=Tensor([2, 2, 3, 16, 32])",
    "NotImplementedError: no kernel for bf16, head dim 32, value dim 64; compiled are: bf16 64/64 (sm_90a, sm_80)",
  ],
];

describe.skipIf(PYTHON === undefined || toolVersion("g++") === undefined)("the PyTorch module", () => {
  it("compiles once, in parallel, for the device's architecture, and launches on its stream", () => {
    const script = `import logging
logging.basicConfig(level=logging.DEBUG, format="%(name)s %(message)s")
output = call()
print(output.shape, output.dtype, output.device)
output, lse = call(return_lse=True, q=Tensor([2, 4, 3, 16, 64], strides=[12288, 64, 4096, 256, 1], address=0x5000000))
print(lse.shape, lse.dtype)
mine = Tensor([2, 4, 3, 16, 64], strides=[12288, 64, 4096, 256, 1])
print(call(out=mine) is mine)
call(k=Tensor([2, 2, 3, 16, 64], strides=[0, 0, 0, 0, 0]), tilt=0.25, key_ring=[True, False], key_offset=[4, 0],
     key_extent=[2, 16], query_offset=[5, 0], shift=Tensor([8], int32), scale=2)`;
    const { said, launched } = run(script);
    expect(said).toEqual([
      expect.stringMatching(/^mscc\.busy compiling 3 files with .*nvcc\.sh into .*cache\/busy-sm90a-[0-9a-f]{16}\.so$/),
      "mscc.busy mscc busy: busy_d64_v64_bf16_sm90a runs",
      "(2, 4, 3, 16, 64) torch.bfloat16 cuda:0",
      "mscc.busy mscc busy: busy_d64_v64_bf16_sm90a runs",
      "(2, 4, 3, 16) torch.float32",
      "mscc.busy mscc busy: busy_d64_v64_bf16_sm90a runs",
      "True",
      "mscc.busy mscc busy: busy_d64_v64_bf16_sm90a does not fit: axis 't' of the keys is a ring, and a key tile holds 4 positions along it",
      "mscc.busy mscc busy: busy_d64_v64_bf16_sm80 runs",
    ]);
    const launches = launched.split(/^(?=launch)/m).filter((part) => part.includes("launch"));
    expect(launches.map((part) => part.split("\n")[0])).toEqual([
      ...Array.from({ length: 6 }, () => "launch 8 of 384 with 98304 bytes"),
      "launch 16 of 128 with 98304 bytes",
    ]);
    for (const field of [
      "scale 2",
      "param_frames 10",
      "param_tilt 0.25",
      "origin_k_t 4",
      "extent_k_t 2",
      "slot_k_t 1",
    ]) {
      expect(launches[6]).toContain(`  ${field}\n`);
    }
    // A tensor whose strides are all 0 is not taken for a dense one.
    expect(launches[6]).toContain("  k_stride_x 64\n");
    expect(launches[2]).toContain("  q 0x5000000\n");
    expect(launches[2]).toContain("  q_stride_head 64\n");
    const log = readFileSync(join(work.folder, "nvcc.log"), "utf8").trimEnd().split("\n");
    expect(log).toHaveLength(4);
    for (const line of log)
      expect(line).toContain("-O3 -std=c++17 -Xcompiler -fPIC -gencode arch=compute_90a,code=sm_90a");
    expect(log.at(-1)).toContain(" -shared ");
    // The next process finds it; nothing else is left in the folder.
    expect(python("call(); print('done')").at(-1)).toBeDefined();
    expect(readFileSync(join(work.folder, "nvcc.log"), "utf8").trimEnd().split("\n")).toHaveLength(4);
    expect(readdirSync(join(work.folder, "cache"))).toHaveLength(1);
  });

  it("leaves out the kernels of sm_90a for other devices", () => {
    const lines = python("torch.cuda.get_device_capability = lambda index: (8, 6)\nbusy.build()\nprint('built')");
    expect(lines).toEqual(["built"]);
    expect(readdirSync(join(work.folder, "cache")).some((name) => name.startsWith("busy-sm86-"))).toBe(true);
    const log = readFileSync(join(work.folder, "nvcc.log"), "utf8");
    expect(log).toMatch(/arch=compute_86,code=sm_86 -DMSCC_WITHOUT_SM90A -c busy.d64-v64.bf16.sm80.cu/);
  });

  it("names what is wrong", () => {
    const lines = python(RAISED.map(([change]) => `said(${change})`).join("\n"));
    expect(lines.map((line) => line.replace("mscc busy: ", ""))).toEqual(RAISED.map(([, raised]) => raised));
  });

  it("says what nvcc said, and where it looked", () => {
    const fresh = { MSCC_CACHE_DIR: join(work.folder, "other") };
    expect(python("said()", { ...fresh, FAKE_NVCC_FAILS: "1" }).join("\n")).toMatch(
      /^RuntimeError: mscc busy: nvcc failed with exit code 2: .*nvcc\.sh -O3 .*\nerror: no room for registers$/,
    );
    expect(readdirSync(fresh.MSCC_CACHE_DIR)).toEqual([]);
    expect(python("said()", { ...fresh, MSCC_NVCC: "/nowhere/nvcc" })).toEqual([
      "RuntimeError: mscc busy: no nvcc to compile the kernels with, looked for /nowhere/nvcc: install the CUDA toolkit, or set CUDA_HOME or MSCC_NVCC",
    ]);
  });

  it("runs the program of docs/cuda.md", () => {
    const [, text = ""] = /```python\n([\s\S]*?)```/.exec(textOf("docs/cuda.md")) ?? [];
    const plan = variants.get("lightCone")?.plan;
    if (!plan) throw new Error("the light cone is gone");
    const folder = "generated/lightCone";
    const [kernel, cone] = [stubKernel(plan), manifestOf(plan, [], "")];
    work.write(`${folder}/${kernel.file}`, stubSource(plan, kernel));
    work.write(`${folder}/lightCone.h`, emitHeader(cone, [kernel]));
    work.write(`${folder}/lightCone.cpp`, emitDispatcher(cone, [kernel]));
    work.write(`${folder}/lightCone.py`, emitPython(cone, [kernel]));
    const { said, launched } = run(`${text}\nprint(output.shape, lse.shape)`);
    expect(said).toEqual(["(1, 8, 21, 45, 80, 64) (1, 8, 21, 45, 80)"]);
    expect(launched).toContain("  q_stride_head 64\n  q_stride_t 5529600\n");
  });

  it("has the schema that its signature says, and fake tensors of its shapes", () => {
    const [schema, shapes] = python(`print(torch.schemas["mscc::busy"])
fake = torch.ops.mscc.busy.fake
q, k = Tensor([2, 4, 3, 16, 64]), Tensor([2, 2, 3, 16, 64])
tables = Tensor([3], int32), Tensor([4], float32), Tensor([2, 7], float32), Tensor([2], float32)
print([(each.shape, each.dtype) for each in fake(q, k, Tensor([2, 2, 3, 16, 80]), *tables, frames=1, step=2, gain=1.0)])`);
    expect(schema).toBe(
      "(Tensor q, Tensor k, Tensor v, Tensor shift, Tensor slope, Tensor weight, Tensor bias, *, SymInt frames, SymInt step, float tilt=0.5, float gain, float? scale=None, SymInt[]? size=None, SymInt[]? key_size=None, SymInt[]? query_offset=None, SymInt[]? key_offset=None, SymInt[]? key_extent=None, bool[]? key_ring=None) -> (Tensor, Tensor)",
    );
    expect(shapes).toBe("[((2, 4, 3, 16, 80), torch.bfloat16), ((2, 4, 3, 16), torch.float32)]");
  });
});

describe.skipIf(PYTHON === undefined)("the module of every variant", () => {
  it("is Python, whatever its names", () => {
    const plans = [...variants.values()].map((variant) => variant.plan).concat(taken);
    for (const plan of plans) {
      work.write(`all/${plan.pattern.name}.py`, emitPython(manifestOf(plan, [], ""), [stubKernel(plan)]));
    }
    const compiled = plans.map((plan) => `all/${plan.pattern.name}.py`);
    expect(runQuietly("python3", ["-W", "error", "-m", "py_compile", ...compiled], work.folder)).toBe("");
    const module = emitPython(manifestOf(taken, [], ""), []);
    expect(module).toContain(
      "def attention(\n    q, k, v, *, switch, scale_, double=3, out_=0.25, reach=2, scale=None, size=None, ",
    );
    expect(module).toContain("    args.params.double_ = _integer(\"param 'double'\", double)");
  });
});
