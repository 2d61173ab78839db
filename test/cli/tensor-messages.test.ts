/** The whole text of every message of the command line about tensor operations. */
import { expect, test } from "vitest";
import { type CliCode, type CliFacts, tell } from "../../cli/messages.js";
import type { tensorMessages } from "../../cli/tensor/messages.js";
import { renderDiagnostic } from "../../compiler/diagnostics/render.js";

const text = <C extends CliCode>(code: C, facts: CliFacts<C>) => renderDiagnostic(tell(code, facts), { color: false });

/** Code -> what is shown for some facts. */
const shown: { readonly [code in keyof typeof tensorMessages]: readonly [got: string, want: string] } = {
  "other-kind": [
    text("other-kind", {
      names: ["linear"],
      isTensor: true,
      command: "show",
      does: "draws attention patterns",
      help: "`mscc explain o.ts linear` says how it is computed",
    }),
    `error other-kind: 'linear' is a tensor operation; show draws attention patterns
  help: \`mscc explain o.ts linear\` says how it is computed`,
  ],
  "option-of-other": [
    text("option-of-other", { option: "--grid", names: ["linear"], isTensor: true, instead: "--size t=..." }),
    `error option-of-other: --grid is an option for attention patterns, and 'linear' is a tensor operation
  help: what you mean may be \`--size t=...\``,
  ],
  "tensor-target": [
    text("tensor-target", { names: ["linear", "gelu"], others: [], isWgslToo: false }),
    `error tensor-target: tensor operations are compiled to WGSL only so far: linear, gelu
  help: leave out \`--target\``,
  ],
  "tensor-unproved": [
    text("tensor-unproved", { file: "o.ts", names: ["linear"], others: [] }),
    `error tensor-unproved: --proved: there are no proofs of tensor operations, and nothing is written that is not proved: linear
  help: leave out \`--proved\`; \`mscc verify\` compares the kernel with the declared function`,
  ],
  "tensor-profile": [
    text("tensor-profile", { name: "gelu", given: ["subgroups"], known: ["baseline"], isReplaced: false }),
    `error tensor-profile: gelu has no kernel of the profile subgroups
  note: its profiles: baseline
  help: leave out \`--profile\`: the best that the adapter runs is taken`,
  ],
  "tensor-bindings": [
    text("tensor-bindings", { name: "merge", buffers: 9, most: 8 }),
    `error tensor-bindings: merge binds 9 tensors, its output among them; every WebGPU device binds 8, and only some bind more
  help: put inputs that are used alike into one tensor, or divide the operation`,
  ],
  "size-unknown": [
    text("size-unknown", { name: "pool", label: "row", known: ["y", "x", "rows"] }),
    `error size-unknown: --size: pool has no axis or label 'row'; did you mean 'rows'?
  note: axes and labels: y, x, rows`,
  ],
  "size-missing": [
    text("size-missing", { name: "timestep", labels: ["y", "c"], files: true }),
    `error size-missing: no input gives the extents of timestep along y, c
  help: give them: \`--size y=...,c=...\``,
  ],
  "input-not-declared": [
    text("input-not-declared", { input: "wieght", name: "linear", known: ["x", "weight"] }),
    `error input-not-declared: 'wieght' is not an input of linear; did you mean 'weight'?
  note: inputs: x, weight`,
  ],
  "input-not-given": [
    text("input-not-given", { name: "linear", inputs: ["weight", "bias"] }),
    `error input-not-given: inputs of linear without values: weight, bias
  help: give their files: \`--input weight=weight.npy --input bias=bias.npy\``,
  ],
  "verify-steps": [
    text("verify-steps", { name: "linear", steps: 40_000_000, limit: 20_000_000 }),
    `error verify-steps: with these extents the declared function of 'linear' takes 40000000 steps; verify takes at most 20000000
  help: give smaller extents with \`--size\`, or smaller inputs`,
  ],
  "verify-not-finite": [
    text("verify-not-finite", { name: "root", at: [0, 3], value: Number.NaN }),
    `error verify-not-finite: the declared function of 'root' gives NaN at [0, 3] on these inputs, and there is nothing to compare
  help: give inputs for which it is finite, with \`--input name=file.npy\``,
  ],
};

test.each(Object.entries(shown))("%s", (_, [got, want]) => {
  expect(got).toBe(want);
});

test("texts that depend on what else there is", () => {
  expect([
    text("other-kind", { names: ["near"], isTensor: false, command: "compileTensor", does: "compiles", help: "..." }),
    text("other-kind", { names: ["a", "b"], isTensor: true, command: "show", does: "draws", help: "..." }),
    text("option-of-other", { option: "--size", names: ["near"], isTensor: false }),
    text("tensor-target", { names: ["linear"], others: ["near", "far"], isWgslToo: false }),
    text("tensor-target", { names: ["linear"], others: [], isWgslToo: true }),
    text("tensor-unproved", { file: "o.ts", names: ["linear"], others: ["near"] }),
    text("tensor-profile", {
      name: "gelu",
      given: ["subgroups", "f16-subgroups"],
      known: ["baseline"],
      isReplaced: true,
    }),
    text("size-missing", { name: "linear", labels: ["k"], files: false }),
    text("input-not-given", { name: "gelu", inputs: ["x"] }),
    text("verify-export", { file: "o.ts", name: "linear", declares: "tensor" }),
    text("verify-reference", { name: "pool", reason: "index 9 of input 'x' is outside 0..8", isTensor: true }),
    text("several-variants", { file: "o.ts", command: "run", what: "tensor operation", known: ["linear", "gelu"] }),
  ]).toEqual([
    "error other-kind: 'near' is an attention pattern; compileTensor compiles\n  help: ...",
    "error other-kind: 'a', 'b' are tensor operations; show draws\n  help: ...",
    "error option-of-other: --size is an option for tensor operations, and 'near' is an attention pattern",
    "error tensor-target: tensor operations are compiled to WGSL only so far: linear\n  note: only near, far are compiled",
    "error tensor-target: tensor operations are compiled to WGSL only so far: linear\n  note: they get no CUDA kernel",
    `error tensor-unproved: --proved: there are no proofs of tensor operations, and nothing is written that is not proved: linear
  help: compile them apart: \`mscc compile o.ts near --proved\` takes the patterns`,
    `error tensor-profile: gelu has no kernel of the profile subgroups or f16-subgroups
  note: its profiles: baseline
  help: the kernel of its first profile is made in its place`,
    "error size-missing: --size lacks extents of linear along k\n  help: give it: `--size k=...`",
    "error input-not-given: an input of gelu without values: x\n  help: give its file: `--input x=x.npy`",
    `error verify-export: 'o.ts' read as source declares 'linear', but executing it gave no such operation
  help: declare it with \`tensor\` of "mscc"`,
    `error verify-reference: the declared function of 'pool' failed on these inputs: index 9 of input 'x' is outside 0..8
  help: give other params or inputs with \`--set\` and \`--input\`, or other extents with \`--size\``,
    `error several-variants: 'o.ts' exports 2 tensor operations, and \`run\` works on one
  note: it exports: linear, gelu
  help: name it: \`mscc run o.ts linear\``,
  ]);
});
