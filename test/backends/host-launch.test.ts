/** What the host side of CUDA kernels hands to a kernel: uniforms, tensor maps, launches; compiled by g++ on a fake runtime. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { emitDispatcher, emitHeader } from "../../backends/cuda/host/index.js";
import { root } from "../cli/mscc.js";
import { variants } from "../conformance/variants.js";
import { textOf } from "../docs/blocks.js";
import { FAKE_CUDA, plansOf, runQuietly, scratchFolder, stubKernel, stubSource, toolVersion } from "./host-stub.js";

const plan = variants.get("lightCone")?.plan;
const { taken } = plansOf(join(root, "test/backends/fixtures/host-patterns.ts"));
if (!plan || !taken) throw new Error("the patterns of this test are gone");

const kernels = [stubKernel(plan, { architecture: "sm_90a" }), stubKernel(plan)];
const manifest = manifestOf(plan, [], "");
const FLAGS = [
  "-std=c++17",
  "-Wall",
  "-Wextra",
  "-Wno-psabi",
  "-Werror",
  "-I",
  FAKE_CUDA,
  "-include",
  "cuda_runtime.h",
];
const work = scratchFolder({
  "lightCone.h": emitHeader(manifest, kernels),
  "lightCone.cpp": emitDispatcher(manifest, kernels),
});
for (const kernel of kernels) work.write(kernel.file, stubSource(plan, kernel));
afterAll(work.remove);

const MAIN = `#include <string.h>
#include "cuda.h"
#include "lightCone.h"

static void *at(size_t address) { return reinterpret_cast<void *>(address); }
static void log(void *, const char *text) { printf("log: %s\\n", text); }

static mscc_lightCone_args valid() {
  mscc_lightCone_args args = {};
  args.dtype = MSCC_BF16;
  args.batch = 2;
  args.heads = 4;
  args.key_heads = 2;
  args.head_dim = args.value_dim = 64;
  const int extents[] = {3, 5, 17};
  for (int i = 0; i < 3; i++) args.query_extent[i] = args.key_extent[i] = extents[i];
  args.q = at(0x1000000);
  args.k = at(0x2000000);
  args.v = at(0x3000000);
  args.output = at(0x4000000);
  args.params = {5, 2, 1};
  args.log = log;
  return args;
}
`;

const GPP = toolVersion("g++");
const compile = (options: readonly string[]) => runQuietly("g++", [...FLAGS, ...options], work.folder);

/** What each launch changes, by the name that the program takes. */
const LAUNCHES = {
  nothing: "",
  "an older device": "fake.major = 8;",
  "strides, positions and rings": `
    args.batch = 1;
    // [batch, t, y, x, heads, dim], one element off.
    const long long strides[] = {12345, 64, 21760, 4352, 256, 1};
    for (int i = 0; i < 6; i++) args.q_stride[i] = args.output_stride[i] = strides[i];
    args.q = at(0x1000002);
    args.key_heads = 1;
    // One vector for all keys.
    args.v_stride[5] = 1;
    args.key_ring[0] = 4;
    args.key_offset[0] = 6;
    args.query_offset[0] = 8;
    args.key_size[0] = 100;
    args.scale = 0.5f;`,
  maps: `
    args.key_ring[0] = 4;
    mscc_lightCone_dense_strides(&args);
    // Keys of one frame only; the batch of v is the same for all.
    args.key_extent[0] = args.query_extent[0] = 1;
    args.v_stride[0] = 0;`,
  between: "between(args, 1536);",
  "over v": "between(args, 1536 - 16);",
  "over q": "between(args, 1536 + 16);",
};

const PROGRAM = `${MAIN}
// [batch, t, y, x, (q, k, v, output), head, dim]: parts of one tensor.
static void between(mscc_lightCone_args &args, int place) {
  args.key_heads = 4;
  const long long strides[] = {261120, 64, 87040, 17408, 1024, 1};
  for (int i = 0; i < 6; i++) {
    args.q_stride[i] = args.k_stride[i] = args.v_stride[i] = args.output_stride[i] = strides[i];
  }
  args.k = at(0x1000000 + 512), args.v = at(0x1000000 + 1024), args.output = at(0x1000000 + place);
}

int main(int, char **arguments) {
  mscc_lightCone_args args = valid();
${Object.entries(LAUNCHES)
  .map(([name, body]) => `  if (strcmp(arguments[1], "${name}") == 0) { ${body} }`)
  .join("\n")}
  static char message[1024];
  args.message = message, args.message_size = sizeof message;
  const int status = mscc_lightCone_forward(&args, NULL);
  printf("= %d %s\\n", status, message);
}
`;

beforeAll(() => {
  if (GPP === undefined) return;
  work.write("main.cpp", PROGRAM);
  compile(["-c", "-x", "c++", ...kernels.map(({ file }) => file), "lightCone.cpp", "main.cpp"]);
  const objects = kernels.map(({ file }) => file.replace(/cu$/, "o"));
  compile([...objects, "lightCone.o", "main.o", "-o", "all"]);
  compile(["-DMSCC_WITHOUT_SM90A", "lightCone.cpp", ...objects.slice(1), "main.o", "-o", "without-sm90a"]);
});

/** What the program prints of a launch. */
const printed = (launch: keyof typeof LAUNCHES, program = "all"): string[] =>
  runQuietly(join(work.folder, program), [launch], work.folder).trimEnd().split("\n");

/** The uniforms of the first launch by name, as text. */
const uniformsOf = (lines: readonly string[]): { readonly [name: string]: string } =>
  Object.fromEntries(
    lines.flatMap((line) =>
      (/^ {2}(\w+) (\S+)$/.exec(line) ?? []).slice(1, 3).length === 2
        ? [line.trim().split(" ") as [string, string]]
        : [],
    ),
  );

describe.skipIf(GPP === undefined)("a launch", () => {
  it("takes dense operands as they are, all batches at once", () => {
    const lines = printed("an older device");
    expect(lines[0]).toBe(
      "log: mscc lightCone: lightCone_d64_v64_bf16_sm90a does not fit: needs compute capability 9.0, the device has 8.0",
    );
    // 2 batches, 4 heads, 3 x 2 x 3 tiles of 1 x 4 x 8.
    expect(lines[1]).toBe("launch 144 of 128 with 98304 bytes");
    expect(lines.slice(-2)).toEqual(["log: mscc lightCone: lightCone_d64_v64_bf16_sm80 runs", "= 0"]);
    expect(uniformsOf(lines)).toMatchObject({
      ...{ q: "0x1000000", lse: "(nil)", heads: "4", key_heads: "2", first_batch: "0", scale: "0.125" },
      ...{ tiles_t: "3", tiles_y: "2", tiles_x: "3", size_q_x: "17", size_k_t: "3", origin_k_y: "0", extent_k_y: "5" },
      ...{
        slot_k_t: "0",
        wrap_k_t: String(2 ** 31),
        q_rows: "1",
        output_rows: "1",
        param_frames: "5",
        param_speed: "1",
      },
      ...{ q_stride_batch: "65280", q_stride_head: "16320", q_stride_t: "5440", q_stride_y: "1088", q_stride_x: "64" },
      ...{ q_stride_dim: "1", k_stride_batch: "32640", lse_stride_batch: "0" },
    });
  });

  it("takes any strides, positions and rings; what a stride of an extent of 1 says does not matter", () => {
    const lines = printed("strides, positions and rings");
    expect(lines[0]).toBe(
      "log: mscc lightCone: lightCone_d64_v64_bf16_sm90a does not fit: q is at 0x1000002, tensor maps take multiples of 16 bytes",
    );
    expect(lines[1]).toBe("launch 72 of 128 with 98304 bytes");
    expect(uniformsOf(lines)).toMatchObject({
      ...{ scale: "0.5", origin_q_t: "8", origin_k_t: "6", size_q_t: "100", size_k_t: "100", size_q_y: "5" },
      ...{ slot_k_t: "2", wrap_k_t: String(2 ** 32 - 2), slot_k_x: "0", wrap_k_x: String(2 ** 31), extent_k_t: "3" },
      ...{ q_stride_batch: "0", q_stride_head: "64", q_stride_t: "21760", q_stride_x: "256" },
      ...{ q_rows: "0", v_rows: "1", v_stride_t: "0", v_stride_head: "0", output_rows: "1", k_stride_t: "5440" },
    });
  });

  it("makes tensor maps of each batch on sm_90a", () => {
    const lines = printed("maps");
    const map = (batch: number) => [
      `map bf16 0x${(0x1000000 + batch * 130560).toString(16)} extents 64 17 5 1 4 strides 128 2176 2176 32640 box 64 8 4 1 1`,
      `map bf16 0x${(0x2000000 + batch * 87040).toString(16)} extents 64 17 5 4 2 strides 128 2176 10880 43520 box 64 8 4 1 1`,
      "map bf16 0x3000000 extents 64 17 5 4 2 strides 128 2176 10880 43520 box 64 8 4 1 1",
      "launch 24 of 384 with 98304 bytes",
    ];
    expect(lines.filter((line) => /^(map|launch)/.test(line))).toEqual([...map(0), ...map(1)]);
    expect(lines.filter((line) => line.startsWith("  first_batch"))).toEqual(["  first_batch 0", "  first_batch 1"]);
    expect(lines.slice(-2)).toEqual(["log: mscc lightCone: lightCone_d64_v64_bf16_sm90a runs", "= 0"]);
  });

  it("writes between its inputs where their elements take turns, and nowhere else", () => {
    expect(printed("between").at(-1)).toBe("= 0");
    expect(printed("over v").at(-1)).toBe(
      "= 1 mscc lightCone: output overlaps v in memory, expected memory of its own: give it another buffer",
    );
    expect(printed("over q").at(-1)).toBe(
      "= 1 mscc lightCone: output overlaps q in memory, expected memory of its own: give it another buffer",
    );
  });

  it("does without the kernels of sm_90a", () => {
    const lines = printed("nothing", "without-sm90a");
    expect(lines.slice(-2)).toEqual(["log: mscc lightCone: lightCone_d64_v64_bf16_sm80 runs", "= 0"]);
  });
});

describe.skipIf(toolVersion("gcc") === undefined)("the header", () => {
  it.each([["gcc", "-std=c99"] as const, ["g++", "-std=c++11"] as const])(
    "is for %s %s, beside that of another variant",
    (tool, standard) => {
      const other = manifestOf(taken, [], "");
      work.write("taken.h", emitHeader(other, [stubKernel(taken)]));
      const language = tool === "gcc" ? "c" : "c++";
      work.write(
        "use.c",
        '#include "lightCone.h"\n#include "taken.h"\nint use(void) { struct mscc_taken_args a; mscc_taken_default_params(&a); return a.params.double_ + (int)a.params.out + a.params.reach + (a.tables.switch_.data != 0); }\n',
      );
      const flags = [
        standard,
        "-pedantic",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-I",
        FAKE_CUDA,
        "-x",
        language,
        "-fsyntax-only",
      ];
      expect(runQuietly(tool, [...flags, "use.c"], work.folder)).toBe("");
      expect(emitHeader(other, [])).toContain(
        "  args->params.double_ = 3;\n  args->params.out = 0.25f;\n  args->params.reach = 2;\n",
      );
    },
  );
});

const ALL = [...variants.values()].map((variant) => variant.plan).concat(taken);

describe.skipIf(GPP === undefined)("every variant", () => {
  it("compiles without a warning", () => {
    const other = { architecture: "sm_90a", dtype: "f16", headDim: 80, valueDim: 40 } as const;
    const files = ALL.map((each, i) => {
      const kernel = stubKernel(each, i % 2 === 0 ? { dtype: "f32" } : other);
      work.write(kernel.file, stubSource(each, kernel));
      return kernel.file;
    });
    expect(compile(["-x", "c++", "-fsyntax-only", ...files])).toBe("");
  });

  it("has no host part for NVRTC", () => {
    const [kernel] = kernels;
    const text = runQuietly("g++", ["-E", "-P", "-x", "c++", "-D__CUDACC_RTC__", kernel?.file as string], work.folder);
    expect(text).toContain("struct Uniforms");
    expect(text).not.toMatch(/launcher|#include|cuda/);
  });
});

describe.skipIf(GPP === undefined)("a program of a caller", () => {
  const check = (tool: string, standard: string, file: string) => {
    const flags = [standard, "-Wall", "-Wextra", "-Werror", "-I", FAKE_CUDA, "-I", work.folder, "-fsyntax-only", file];
    expect(runQuietly(tool, flags, root)).toBe("");
  };

  it("compiles: examples/cmake", () => check("g++", "-std=c++17", "examples/cmake/main.cpp"));

  it("compiles: that of docs/cuda.md", () => {
    const [, text = ""] = /```c\n([\s\S]*?)```/.exec(textOf("docs/cuda.md")) ?? [];
    expect(text).toContain("mscc_lightCone_forward");
    work.write("document.c", text);
    check("gcc", "-std=c99", join(work.folder, "document.c"));
  });
});
