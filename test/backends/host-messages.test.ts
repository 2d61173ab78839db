/** What the host side of CUDA kernels says of bad input: compiled by g++ on a fake runtime, every status and text. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifestOf } from "../../backends/artefact/manifest.js";
import { emitDispatcher, emitHeader } from "../../backends/cuda/host/index.js";
import { codes, shownText, statusOf } from "../../backends/cuda/host/messages.js";
import { root } from "../cli/mscc.js";
import { CASES, type Case } from "./host-cases.js";
import { FAKE_CUDA, plansOf, runQuietly, scratchFolder, stubKernel, stubSource, toolVersion } from "./host-stub.js";

const STATUSES = ["OK", "INVALID", "UNSUPPORTED", "UNFIT", "CUDA"];
const FORWARD: { readonly [by in NonNullable<Case["by"]>]: string } = {
  sm80: "mscc_busy_d64_v64_bf16_sm80_forward",
  sm90a: "mscc_busy_d64_v64_bf16_sm90a_forward",
  all: "mscc_busy_forward",
  hinted: "mscc_hinted_d64_v64_bf16_sm80_forward",
};

const MAIN = `#include <math.h>
#include <string.h>
#include "cuda.h"
#include "busy.h"
#include "hinted.h"

static void *at(size_t address) { return reinterpret_cast<void *>(address); }
static void dense(mscc_busy_args &args) { mscc_busy_dense_strides(&args); }

template <typename Args>
static Args common() {
  Args args = {};
  args.dtype = MSCC_BF16;
  args.batch = 2;
  args.heads = 4;
  args.key_heads = 2;
  args.head_dim = args.value_dim = 64;
  args.q = at(0x10000);
  args.k = at(0x20000);
  args.v = at(0x30000);
  args.output = at(0x1000000);
  args.lse = static_cast<float *>(at(0x2000000));
  return args;
}

static mscc_busy_args valid(mscc_busy_args *) {
  mscc_busy_args args = common<mscc_busy_args>();
  args.query_extent[0] = args.key_extent[0] = 3;
  args.query_extent[1] = args.key_extent[1] = 16;
  args.params = {10, 2, 0.5f, 1};
  args.tables.shift = {static_cast<int *>(at(0x3000000)), {3}};
  args.tables.slope = {static_cast<float *>(at(0x4000000)), {4}};
  args.tables.weight = {static_cast<float *>(at(0x5000000)), {2, 7}};
  args.tables.bias = {static_cast<float *>(at(0x6000000)), {2}};
  return args;
}

static mscc_hinted_args valid(mscc_hinted_args *) {
  mscc_hinted_args args = common<mscc_hinted_args>();
  args.query_extent[0] = 9;
  args.key_extent[0] = 20;
  args.tables.far = {static_cast<int *>(at(0x3000000)), {9}};
  return args;
}

template <typename Args>
static void run(int (*forward)(const Args *, cudaStream_t), void (*change)(Args &)) {
  fake = FakeDevice();
  char message[1024] = "";
  Args args = valid(static_cast<Args *>(nullptr));
  args.message = message;
  args.message_size = sizeof message;
  change(args);
  const int status = forward(&args, nullptr);
  printf("= %d %s\\n", status, message);
}
`;

const TOOL = toolVersion("g++");
const { busy, hinted } = plansOf(join(root, "test/backends/fixtures/host-patterns.ts"));
if (!busy || !hinted) throw new Error("the patterns of this test are gone");

describe.skipIf(TOOL === undefined)("the C side, compiled by g++", () => {
  const work = scratchFolder();
  afterAll(work.remove);
  let answers: { readonly status: string; readonly text: string; readonly printed: string }[] = [];

  beforeAll(() => {
    const kernels = [stubKernel(busy, { architecture: "sm_90a" }), stubKernel(busy)];
    for (const kernel of kernels) work.write(kernel.file, stubSource(busy, kernel));
    work.write("busy.h", emitHeader(manifestOf(busy, [], ""), kernels));
    work.write("busy.cpp", emitDispatcher(manifestOf(busy, [], ""), kernels));
    const other = stubKernel(hinted);
    work.write(other.file, stubSource(hinted, other));
    work.write("hinted.h", emitHeader(manifestOf(hinted, [], ""), [other]));
    const runs = CASES.map(({ change, by = "sm80" }: Case) => {
      const args = `mscc_${by === "hinted" ? "hinted" : "busy"}_args`;
      return `  run<${args}>(${FORWARD[by]}, [](${args} &args) { (void)args; ${change} });`;
    });
    work.write("main.cpp", `${MAIN}\nint main() {\n${runs.join("\n")}\n}\n`);
    const flags = [
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
    const sources = [...kernels, other].map(({ file }) => file).concat("busy.cpp", "main.cpp");
    runQuietly("g++", [...flags, "-x", "c++", ...sources, "-o", "run"], work.folder);
    let printed = "";
    answers = [];
    for (const line of runQuietly(join(work.folder, "run"), [], work.folder).split("\n")) {
      const [, status, text] = /^= (\d) (.*)$/.exec(line) ?? [];
      if (status === undefined) printed += `${line}\n`;
      else {
        answers.push({ status: STATUSES[Number(status)] as string, text: text as string, printed });
        printed = "";
      }
    }
  }, 120_000);

  it.each(CASES.map((each, i) => [i, each.code, each] as const))("%i %s", (i, code, { text, by }) => {
    const answer = answers[i];
    const prefix = by === "hinted" ? "mscc hinted: " : "mscc busy: ";
    expect(answer).toMatchObject({
      status: code === "ok" ? "OK" : statusOf(code),
      text: text === "" ? "" : `${prefix}${text}`,
    });
    if (code !== "ok") expect(answer?.printed).not.toContain("launch");
  });

  it("has a case for every message, which says what the document says", () => {
    expect([...new Set(CASES.map(({ code }) => code))].filter((code) => code !== "ok").sort()).toEqual(
      [...codes].sort(),
    );
    for (const { code, text } of CASES) {
      if (code === "ok") continue;
      const parts = shownText(code).split(/\{\w+\}/);
      expect(parts.filter((part) => !text.includes(part))).toEqual([]);
    }
  });
});
