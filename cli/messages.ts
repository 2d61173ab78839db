/** Every message of the command line itself: a stable code, and its text as a function of the facts. */
import { type Diagnostic, UserError } from "../compiler/diagnostics/diagnostic.js";
import { count, list, meant, type Names, type Text } from "./message-text.js";
import { mscMessages } from "./msc/messages.js";
import { tensorMessages } from "./tensor/messages.js";

const headCounts = ({ given }: { given: string }): Text => ({
  message: `--heads: '${given}' is neither a number of heads nor <query heads>/<key heads> that divide`,
  help: "write `--heads 4` or `--heads 4/2`",
});

export const messages = {
  // Which pattern.
  "several-variants": (f: { file: string; command: string; what: string; known: Names }): Text => ({
    message: `'${f.file}' exports ${count(f.known.length, f.what)}, and \`${f.command}\` works on one`,
    notes: [`it exports: ${list(f.known)}`],
    help: `name it: \`mscc ${f.command} ${f.file} ${f.known[0]}\``,
  }),

  // Options that are given several times.
  "option-twice": (f: { option: string; given: Names; isList: boolean }): Text => ({
    message: `${f.option} is given twice, as ${f.given.map((each) => `'${each}'`).join(" and ")}, and takes one value`,
    ...(f.isList ? { help: `write \`${f.option} ${f.given.join(",")}\`` } : {}),
  }),

  // Options of the form name=value.
  "assignment-form": (f: { option: string; given: string; example: string }): Text => ({
    message: `${f.option} takes ${f.example}, not '${f.given}'`,
  }),
  "assignment-twice": (f: { option: string; name: string }): Text => ({
    message: `${f.option} gives '${f.name}' twice`,
  }),
  "set-unknown": (f: { name: string; patterns: Names; known: Names }): Text => ({
    message: `'${f.name}' is not a param of ${list(f.patterns)}${meant(f.name, f.known)}`,
    notes: [`params: ${list(f.known)}`],
  }),
  "set-not-number": (f: { name: string; given: string }): Text => ({
    message: `--set ${f.name}=${f.given}: '${f.given}' is not a number`,
  }),
  "set-not-integer": (f: { name: string; given: string }): Text => ({
    message: `--set ${f.name}=${f.given}: param '${f.name}' takes whole numbers from -2147483648 to 2147483647`,
  }),
  "set-out-of-bounds": (f: { name: string; given: string; bounds: string }): Text => ({
    message: `--set ${f.name}=${f.given}: param '${f.name}' takes values ${f.bounds}`,
  }),
  "set-missing": (f: { pattern: string; names: Names }): Text => ({
    message: `${f.names.length === 1 ? "a param" : "params"} of ${f.pattern} without a value and without a default: ${list(f.names)}`,
    help: `give ${f.names.length === 1 ? "it a value" : "them values"}: \`${f.names.map((name) => `--set ${name}=...`).join(" ")}\``,
  }),

  // Grids and positions.
  "grid-unknown-axis": (f: { option: string; axis: string; axes: Names; pattern: string }): Text => ({
    message: `${f.option}: ${f.pattern} has no axis '${f.axis}'${meant(f.axis, f.axes)}`,
    notes: [`axes: ${list(f.axes)}`],
  }),
  "grid-missing-axis": (f: { option: string; missing: Names; axes: Names; pattern: string }): Text => ({
    message: `${f.option} lacks ${f.missing.length === 1 ? "axis" : "axes"} ${list(f.missing)} of ${f.pattern}`,
    help: `give every axis: \`${f.option} ${f.axes.map((axis) => `${axis}=...`).join(",")}\``,
  }),
  "grid-extent": (f: { option: string; axis: string; given: string }): Text => ({
    message: `${f.option}: '${f.given}' on axis '${f.axis}' is not an extent; it must be a whole number from 1 to 2147483647`,
  }),
  "grid-offset": (f: { option: string; axis: string; given: string }): Text => ({
    message: `${f.option}: '${f.given}' on axis '${f.axis}' is not a position; it must be a whole number from 0 to 2147483647`,
  }),
  "grid-shared": (f: { pattern: string }): Text => ({
    message: `queries and keys of ${f.pattern} share one grid, so there is no --key-grid`,
    help: "give the grid with `--grid`",
  }),
  "grid-key-missing": (f: { pattern: string; axes: Names }): Text => ({
    message: `${f.pattern} has a grid of queries and a grid of keys, and only one is given`,
    help: `give both: \`--grid\` and \`--key-grid ${f.axes.map((axis) => `${axis}=...`).join(",")}\``,
  }),
  "grid-count": (f: { grids: number; keyGrids: number }): Text => ({
    message: `--grid gives ${count(f.grids, "grid")} and --key-grid ${f.keyGrids}`,
    help: "give one --key-grid for each --grid, in the same order",
  }),
  "tiles-default": (f: { pattern: string; params: Names; tables: Names }): Text => ({
    message: `the tiles of ${f.pattern} are the default ones: what others visit depends on ${list([...f.params, ...f.tables])}`,
    ...(f.params.length > 0
      ? { help: `give values: \`${f.params.map((name) => `--set ${name}=...`).join(" ")}\`` }
      : { notes: ["a table has no values when a kernel is compiled"] }),
  }),
  "grid-offset-outside": (f: { option: string; axis: string; offset: number; extent: number }): Text => ({
    message: `${f.option}: position ${f.offset} on axis '${f.axis}' lies outside the grid, whose extent is ${f.extent}`,
  }),
  "scale-form": ({ given }: { given: string }): Text => ({
    message: `--scale: '${given}' is not a finite number`,
  }),

  // What to compile for.
  "head-dim": (f: { option: string; given: string }): Text => ({
    message: `${f.option}: '${f.given}' is not a dim; it must be a whole number from 1 to 256`,
    help: `such as \`${f.option} 64\``,
  }),
  "head-dim-one": (f: { option: string; given: string }): Text => ({
    message: `${f.option}: '${f.given}' gives several dims, and this command takes one`,
  }),
  "value-dim-count": (f: { headDims: number; valueDims: number }): Text => ({
    message: `--value-dim gives ${f.valueDims} dims for ${f.headDims} of --head-dim`,
    help: "give one for all, or one for each",
  }),
  "tile-shape": (f: { side: string; given: readonly number[]; axes: Names; holds: number }): Text => ({
    message: `tiles.${f.side}: [${f.given.join(", ")}] is not one whole number for each of ${list(f.axes)} with the product ${f.holds}`,
  }),
  "choice-unknown": (f: { option: string; given: string; known: Names }): Text => ({
    message: `${f.option}: '${f.given}' is not known${meant(f.given, f.known)}`,
    notes: [`allowed: ${list(f.known)}`],
  }),
  "target-other": (f: { option: string; given: string; target: string; known: Names }): Text => ({
    message: `${f.option} ${f.given} is of kernels for the target ${f.target}`,
    notes: [`allowed: ${list(f.known)}`],
    help: `\`mscc compile --target ${f.target}\` makes them${f.target === "cuda" ? "; docs/cuda.md says how they are run" : ""}`,
  }),

  "no-cuda-kernel": (f: { pattern: string; profile: string; dtype: string; reason: string }): Text => ({
    message: `${f.pattern} has no kernel of the profile ${f.profile} for ${f.dtype}: ${f.reason}`,
    help: "the kernel of the profile sm_80 runs in its place",
  }),
  "choice-one": (f: { option: string; given: string }): Text => ({
    message: `${f.option}: '${f.given}' names several, and this command runs one kernel`,
  }),
  "kinds-apart": (f: { given: string; other: string; known: Names }): Text => ({
    message: `no kernel is both ${f.given} and ${f.other}`,
    notes: [`profiles: ${list(f.known)}`],
    ...(`${f.given} ${f.other}`.includes("--dtype") ? { help: "leave out `--dtype`: a profile has its own" } : {}),
  }),
  "adapter-lacks": (f: { adapter: string; option: string; lacks: Names; runs: Names }): Text => ({
    message: `the adapter ${f.adapter} does not run ${f.option}`,
    notes: f.lacks,
    help:
      f.runs.length > 0
        ? `it runs ${list(f.runs)}; without \`--profile\` the best of them is taken`
        : "`mscc doctor` shows what each adapter runs",
  }),

  // Tables.
  "table-not-declared": (f: { name: string; pattern: string; known: Names }): Text => ({
    message: `'${f.name}' is not a table of ${f.pattern}${meant(f.name, f.known)}`,
    notes: [`tables: ${list(f.known)}`],
  }),
  "table-not-given": (f: { pattern: string; names: Names }): Text => ({
    message: `${f.names.length === 1 ? "a table" : "tables"} of ${f.pattern} without values: ${list(f.names)}`,
    help: `give ${f.names.length === 1 ? "its file" : "their files"}: \`${f.names.map((name) => `--table ${name}=${name}.npy`).join(" ")}\``,
  }),

  // Operands and outputs of `run`.
  "operand-head-dim": (f: { file: string; operand: string; dim: number }): Text => ({
    message: `the last dimension of ${f.operand} (${f.file}) is ${f.dim}; kernels take 1 to 256`,
  }),
  "operand-empty": (f: { file: string; operand: string; axis: string }): Text => ({
    message: `${f.operand} (${f.file}) has extent 0 on axis '${f.axis}'`,
  }),
  "output-twice": ({ file }: { file: string }): Text => ({
    message: `'${file}' is named for two arrays, and one of them would be written over the other`,
    help: "give every array a file of its own",
  }),
  "output-no-folder": (f: { file: string; folder: string }): Text => ({
    message: `'${f.file}' cannot be written: there is no folder '${f.folder}'`,
    help: "make the folder first, or choose another place",
  }),
  "output-folder": (f: { path: string; reason: string }): Text => ({
    message: `'${f.path}' cannot be written: ${f.reason}`,
  }),
  "output-foreign": ({ path }: { path: string }): Text => ({
    message: `'${path}' was not written by mscc, and is not overwritten`,
    help: "move it away, or choose another folder with `--out`",
  }),
  "name-collision": (f: { names: Names }): Text => ({
    message: `${list(f.names)} differ only in letter case, and some file systems would give them one folder`,
    help: "rename one of them",
  }),

  // verify.
  "verify-load": (f: { file: string; reason: string }): Text => ({
    message: `'${f.file}' could not be executed: ${f.reason}`,
    notes: ["`mscc verify` compares the kernel with the declared function itself, so it runs the file"],
  }),
  "verify-export": (f: { file: string; name: string; declares: "attention" | "tensor" }): Text => ({
    message: `'${f.file}' read as source declares '${f.name}', but executing it gave no such ${f.declares === "tensor" ? "operation" : "pattern"}`,
    help: `declare it with \`${f.declares}\` of "mscc"`,
  }),
  "verify-reference": (f: { name: string; reason: string; isTensor?: boolean }): Text => ({
    message: `the declared function of '${f.name}' failed on these inputs: ${f.reason}`,
    help: f.isTensor
      ? "give other params or inputs with `--set` and `--input`, or other extents with `--size`"
      : "give other params or tables with `--set` and `--table`, or another grid with `--grid`",
  }),
  "verify-too-large": (f: { pairs: number; limit: number }): Text => ({
    message: `the grid has ${f.pairs} pairs of positions to compare; the declared function is called for each, so verify takes at most ${f.limit}`,
    help: "give a smaller grid with `--grid`, or a part of it with `--query-offset` and `--key-offset`",
  }),
  "verify-seed": ({ given }: { given: string }): Text => ({
    message: `--seed: '${given}' is not a whole number from 0 to 4294967295`,
  }),
  "verify-heads": headCounts,

  // bench.
  "bench-heads": headCounts,
  "bench-too-large": (f: { operand: string; shape: readonly number[]; bytes: number; limit: number }): Text => ({
    message: `--grid: ${f.operand} would be [${f.shape.join(", ")}], ${f.bytes} bytes, and a buffer of the adapter holds at most ${f.limit}`,
    help: "give a smaller grid, fewer heads or a smaller head dim, or --dtype f16",
  }),

  // show.
  "show-extension": (f: { file: string; extension: string }): Text => ({
    message: `-o: '${f.file}' ${f.extension === "" ? "has no extension" : `ends in '${f.extension}'`}; pictures are .svg or .html`,
    help: `such as \`-o ${f.file.slice(0, f.file.length - f.extension.length)}.svg\``,
  }),
  "show-head": ({ given }: { given: string }): Text => ({
    message: `--head: '${given}' is not a whole number from 0 to 2147483647`,
  }),
  "show-head-outside": (f: { head: number; heads: number }): Text => ({
    message: `--head: there is no head ${f.head}, since the tables hold ${count(f.heads, "head")}; heads count from 0`,
  }),
  "show-too-large": (f: { keys: number; limit: number }): Text => ({
    message: `the grid has ${f.keys} keys, and each is looked at; show takes at most ${f.limit}`,
    help: "give a smaller grid with `--grid`",
  }),

  "explain-heads": (f: { given: string; most: number }): Text => ({
    message: `--heads: '${f.given}' is not a whole number from 1 to ${f.most}`,
  }),

  // Proofs.
  "time-limit": (f: { given: string; most: number }): Text => ({
    message: `--time-limit: '${f.given}' is not a number of seconds above 0 and up to ${f.most}`,
  }),
  "no-solver": ({ install }: { install: string }): Text => ({
    message: "proofs need the package z3-solver, which is optional and not installed",
    help: `\`npm install ${install}\``,
  }),
  "prove-axis": (f: { axis: string; pattern: string; axes: Names }): Text => ({
    message: `--causal: '${f.axis}' is not an axis of both queries and keys of ${f.pattern}${meant(f.axis, f.axes)}`,
    notes: [`axes of both: ${list(f.axes)}`],
  }),
  "prove-other": (f: { option: string; given: string }): Text => ({
    message: `${f.option} '${f.given}' does not name a pattern`,
    help: `write \`${f.option} name\` for one of the same file, \`${f.option} ${f.given.split("#")[0] || "other.ts"}#name\` for one of another`,
  }),
  "prove-axes-differ": (f: { patterns: readonly [string, string]; axes: readonly [string, string] }): Text => ({
    message: `${f.patterns[0]} and ${f.patterns[1]} have different axes, so they have no pairs in common to compare`,
    notes: [`${f.patterns[0]}: ${f.axes[0]}`, `${f.patterns[1]}: ${f.axes[1]}`],
  }),
  "prove-one-name": (f: {
    what: string;
    name: string;
    patterns: readonly [string, string];
    declared: readonly [string, string];
  }): Text => ({
    message: `${f.patterns[0]} and ${f.patterns[1]} declare different ${f.what}s '${f.name}'; a comparison takes ${f.what}s of one name as one`,
    notes: [`${f.patterns[0]}: ${f.declared[0]}`, `${f.patterns[1]}: ${f.declared[1]}`],
    help: "declare both alike, or rename one of them",
  }),
  "prove-no-value": (f: { what: string; name: string; patterns: readonly [string, string] }): Text => ({
    message: `no value of ${f.what} '${f.name}' lies within the bounds of both ${f.patterns[0]} and ${f.patterns[1]}`,
    help: "rename one of them, or change its bounds",
  }),
  "prove-no-launch": (f: { patterns: Names }): Text => ({
    message: `${f.patterns.join(" and ")} can never be launched, so that there is nothing to prove: no values of the params and tables keep to all that is declared`,
    help: "look at the bounds of params and tables, and at the `extents` of tables: an extent is at least 1",
  }),
  "reads-outside": (f: { what: string; claims: Names; advice: string }): Text => ({
    message: f.what,
    notes: f.claims,
    help: f.advice,
  }),
  "not-proved": (f: { pattern: string; claims: Names; total: number; advice: string }): Text => ({
    message: `${f.claims.length} of ${count(f.total, "claim")} about the kernels of ${f.pattern} ${f.claims.length === 1 ? "is" : "are"} not proved`,
    notes: f.claims,
    help: f.advice,
  }),

  // init.
  "init-not-empty": (f: { folder: string; found: Names }): Text => ({
    message: `'${f.folder}' is not empty, and nothing in it is overwritten`,
    notes: [`it holds: ${list(f.found.slice(0, 5))}${f.found.length > 5 ? `, and ${f.found.length - 5} more` : ""}`],
    help: "name a new folder: `mscc init my-patterns`",
  }),
  "init-not-folder": ({ folder }: { folder: string }): Text => ({
    message: `'${folder}' is a file, and a project needs a folder`,
    help: "name a new folder: `mscc init my-patterns`",
  }),

  ...mscMessages,
  ...tensorMessages,

  // A fault of ours.
  internal: (f: { reason: string; report: string }): Text => ({
    message: `this is a bug in mscc: ${f.reason}`,
    help: `send the report that reproduces it: ${f.report}`,
  }),
} as const;

export type CliCode = keyof typeof messages;
export type CliFacts<C extends CliCode> = Parameters<(typeof messages)[C]>[0];

/** A message of the table as a diagnostic. */
export function tell<C extends CliCode>(code: C, facts: CliFacts<C>): Diagnostic {
  const { message, notes = [], help } = (messages[code] as (facts: CliFacts<C>) => Text)(facts);
  return { code, severity: "error", message, notes, ...(help === undefined ? {} : { help }) };
}

export const userError = <C extends CliCode>(code: C, facts: CliFacts<C>): UserError =>
  new UserError([tell(code, facts)]);

/** Throws what was collected, if anything was. */
export function throwAny(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.some(({ severity }) => severity === "error")) throw new UserError(diagnostics);
}
