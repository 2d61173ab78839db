/** Every message of the frontend and the analysis: a stable code, and its text as a function of the facts. */

import { closest } from "../../dsl/similar.js";
import type { Diagnostic, Where } from "./diagnostic.js";

interface Text {
  readonly message: string;
  readonly notes?: readonly string[];
  readonly help?: string;
  readonly severity?: "warning";
}

const functionForms: { readonly [what: string]: string } = {
  extents: "({ radius }) => [2 * radius + 1]",
  value: "({ x }, { i }) => ...",
};

const list = (names: readonly string[]) => (names.length > 0 ? names.join(", ") : "none");

function meant(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}

const tensorExample =
  'export const twice = tensor({ axes: ["i"], inputs: { x: input("i") }, value: ({ x }, { i }) => 2 * x(i) });';
const example = 'export const causal = attention({ axes: ["t"], attend: ({ q, k }) => k.t <= q.t });';

/** What a file imports from "mscc". */
const LANGUAGE: ReadonlySet<string> = new Set([
  ...["attention", "tensor", "int", "float", "table", "input"],
  ...["sum", "mean", "max"],
]);

export const messages = {
  // Files and exports.
  "file-missing": ({ file }: { file: string }): Text => ({ message: `file '${file}' does not exist` }),
  "file-is-folder": ({ file }: { file: string }): Text => ({
    message: `'${file}' is a folder`,
    help: "give a TypeScript file in it",
  }),
  "not-typescript": ({ file }: { file: string }): Text => ({
    message: `'${file}' is not a TypeScript source`,
    help: "give a file that ends in .ts, .mts, .cts or .tsx",
  }),
  "no-declarations": (f: { file: string; exported: readonly string[]; hidden: readonly string[] }): Text => ({
    message: `'${f.file}' exports no attention pattern and no tensor operation`,
    notes:
      f.exported.length > 0
        ? [`it exports: ${list(f.exported)}`, "a declaration has this form: `export const name = attention({ ... })`"]
        : ["it exports nothing"],
    help: f.hidden.length > 0 ? `write \`export\` before \`const ${f.hidden[0]}\`` : example,
  }),
  "unknown-variant": (f: { file: string; what: string; name: string; known: readonly string[] }): Text => ({
    message: `'${f.file}' exports no ${f.what} '${f.name}'${meant(f.name, f.known)}`,
    notes: [`it exports: ${list(f.known)}`],
  }),

  // The declaration: axes, params, tables.
  "missing-field": ({ declares, field }: { declares: "attention" | "tensor"; field: string }): Text => ({
    message: `\`${declares}\` needs '${field}'`,
    help: declares === "attention" ? example : tensorExample,
  }),
  "not-static": (f: { what: string; found: string; allowed: string }): Text => ({
    message: `${f.what} is ${f.found}; it must be ${f.allowed}`,
  }),
  "axis-count": ({ count, most }: { count: number; most: number }): Text => ({
    message: `${most === 4 ? "a grid" : "an output"} has 1 to ${most} axes, not ${count}`,
  }),
  "axis-twice": ({ axis }: { axis: string }): Text => ({ message: `axis '${axis}' is declared twice` }),
  "reserved-name": (f: { what: string; name: string; reserved: readonly string[] }): Text => ({
    message: `${f.what} cannot be called '${f.name}': the name is reserved`,
    notes: [`reserved${f.what === "an axis" ? " beside axes" : ""}: ${list(f.reserved)}`],
  }),
  "object-name": ({ what, name }: { what: string; name: string }): Text => ({
    message: `${what} cannot be called '${name}': every object of JavaScript has a member of this name`,
  }),
  "invalid-name": ({ what, name }: { what: string; name: string }): Text => ({
    message: `${what} cannot be called '${name}': a name is letters, digits and _, and starts with a letter`,
  }),
  "name-clash": ({ name, what }: { name: string; what: string }): Text => ({
    message: `'${name}' is both a param and ${what}`,
  }),
  "param-bounds": (f: { name: string; min: number; max: number }): Text => ({
    message: `param '${f.name}' has no value: min ${f.min} is above max ${f.max}`,
  }),
  "param-default": (f: { name: string; value: number; limit: string }): Text => ({
    message: `the default ${f.value} of param '${f.name}' is ${f.limit}`,
  }),
  "param-integer": (f: { name: string; option: string; value: number }): Text => ({
    message: `${f.option} ${f.value} of int param '${f.name}' is not an int32`,
    help: `an int is a whole number from -2147483648 to 2147483647; \`float({ ... })\` declares any other`,
  }),
  "table-bounds": (f: { name: string; min: number; max: number }): Text => ({
    message: `table '${f.name}' has no values: min ${f.min} is above max ${f.max}`,
  }),
  "extent-count": (f: { table: string; free: readonly string[]; given: number }): Text => ({
    message: `table '${f.table}' has ${f.free.length} free ${f.free.length === 1 ? "dimension" : "dimensions"} (${list(f.free)}), and 'extents' gives ${f.given}`,
    notes: ["an axis, `head` and `batch` have their extents already"],
  }),
  "extent-operand": ({ table, found }: { table: string; found: string }): Text => ({
    message: `an extent of table '${table}' uses ${found}; it is computed from integers and int params alone`,
  }),
  "not-function": ({ what, found }: { what: string; found: string }): Text => ({
    message: `'${what}' is ${found}; it must be a function`,
    help: `write it in place, \`${what}: ${functionForms[what] ?? "({ q, k }) => ..."}\`, or name a function of the project`,
  }),

  // Results.
  "non-boolean-attend": ({ name, found }: { name: string; found: string }): Text => ({
    message: `attend of '${name}' gives ${found}; it must give a boolean`,
    help: "compare: `... <= 0`, `... !== 0`",
  }),
  "non-numeric-score": ({ name, found }: { name: string; found: string }): Text => ({
    message: `score of '${name}' gives ${found}; it must give a number`,
    help: "give the changed logit, such as `s + bias(q.t - k.t)`",
  }),
  "non-numeric-value": ({ name, found }: { name: string; found: string }): Text => ({
    message: `value of '${name}' gives ${found}; it must give a number`,
    help: "give the element at the index, such as `2 * x(i)`",
  }),
  "missing-return": ({ name }: { name: string }): Text => ({
    message: `not every path through '${name}' returns a value`,
    help: "end it with a `return`",
  }),
  "branches-differ": ({ a, b }: { a: string; b: string }): Text => ({
    message: `one branch gives ${a}, the other ${b}`,
    help: "both must give a number, or both a boolean",
  }),

  // Names.
  "unknown-axis": (f: { name: string; operand: string; axes: readonly string[] }): Text => ({
    message: `${f.operand} has no axis '${f.name}'${meant(f.name, f.axes)}`,
    notes: [`axes: ${list(f.axes)}`],
  }),
  "undeclared-name": (f: { name: string; declared: readonly string[]; inExtents: boolean }): Text => ({
    message: `'${f.name}' is neither a param nor a table of this pattern${meant(f.name, f.declared)}`,
    notes: [`declared: ${list(f.declared)}${f.inExtents ? "" : "; always there: q, k, size, head, batch"}`],
    help: `declare it: \`params: { ${f.name}: int({ min: 0 }) }\``,
  }),
  "unknown-read": (f: { name: string; declared: readonly string[] }): Text => ({
    message: `'${f.name}' is neither an input nor a param of this operation${meant(f.name, f.declared)}`,
    notes: [`declared: ${list(f.declared)}; always there: size`],
    help: `declare it: \`inputs: { ${f.name}: input("i") }\``,
  }),
  "logit-in-attend": (_: object): Text => ({
    message: "`s`, the logit, is there in `score` only",
    help: "`attend` decides by positions; change the logit in `score`",
  }),
  "missing-in-call": (f: { callee: string; names: readonly string[]; given: string; isTensor: boolean }): Text => ({
    message: `\`${f.callee}\` needs ${f.names.map((name) => `'${name}'`).join(", ")}, which it is not given`,
    help: f.isTensor
      ? `declare the same params and inputs here (\`inputs: { ...${f.given}.inputs }\`), or give them: \`${f.callee}({ ...reads, ${f.names[0]}: ... }, at)\``
      : `declare the same params and tables here (\`params: { ...${f.given}.params }\`), or give values: \`${f.callee}({ ...at, ${f.names[0]}: 1 })\``,
  }),
  "unknown-name": ({ name }: { name: string }): Text => ({ message: `\`${name}\` is not known here` }),
  "unknown-property": ({ name, of }: { name: string; of: string }): Text => ({
    message: `${of} has no property '${name}'`,
  }),
  "not-callable": ({ callee, found }: { callee: string; found: string }): Text => ({
    message: `\`${callee}\` is ${found}, not a function`,
  }),
  "not-a-number": ({ found }: { found: string }): Text => ({
    message: `${found} stands where a number or a boolean is needed`,
  }),
  "type-mismatch": ({ operator }: { operator: string }): Text => ({
    message: `\`${operator}\` takes two numbers, or two booleans where it compares`,
  }),

  // What the language leaves out.
  loop: ({ isTensor }: { isTensor: boolean }): Text => ({
    message: `a loop; ${isTensor ? "a value is one expression over the index" : "a pattern is one expression over positions"}`,
    help: isTensor
      ? "reduce over a range, such as `sum(size.k, (k) => x(t, k))`"
      : "write the condition directly, such as `(q.t - k.t) % 4 === 0`",
  }),
  "mutable-variable": ({ name, keyword }: { name: string; keyword: string }): Text => ({
    message: `\`${keyword} ${name}\`; only \`const\` is allowed`,
    help: `write \`const ${name} = ...\`, with \`?:\` where its value depends on a condition`,
  }),
  assignment: ({ operator }: { operator: string }): Text => ({
    message: `\`${operator}\` changes a variable; patterns are pure`,
    help: "give the new value a name of its own with `const`",
  }),
  "let-closure": (f: { name: string; keyword: string; place: string }): Text => ({
    message: `\`${f.name}\` is declared with \`${f.keyword}\` (${f.place}), so its value may change`,
    help: `declare it with \`const\`, or make it a param: \`params: { ${f.name}: int() }\``,
  }),
  "mutated-constant": (f: { name: string; place: string }): Text => ({
    message: `\`${f.name}\` is changed (${f.place}), so its value is not known`,
    help: "write the value where it is declared",
  }),
  "impure-call": ({ callee }: { callee: string }): Text => ({
    message: `\`${callee}\` is not pure: it depends on, or changes, more than its arguments`,
    help: "pass what varies as a param or a table",
  }),
  "unknown-function": (f: { callee: string; known: readonly string[] }): Text => ({
    message: `\`${f.callee}\` is not a function that patterns and operations can call${LANGUAGE.has(f.callee) ? "" : meant(f.callee, f.known)}`,
    notes: [`allowed: functions of the project, tables, inputs, and Math.${f.known.map((n) => n.slice(5)).join(" ")}`],
    ...(LANGUAGE.has(f.callee) ? { help: `import it: \`import { ${f.callee} } from "mscc"\`` } : {}),
  }),
  "foreign-function": ({ name, from }: { name: string; from: string }): Text => ({
    message: `\`${name}\` comes from the package '${from}', which is not read`,
    help: "write the function in a file of the project",
  }),
  recursion: ({ name, constant }: { name: string; constant?: boolean }): Text => ({
    message: constant
      ? `the value of \`${name}\` depends on itself`
      : `\`${name}\` calls itself; functions are inlined, so recursion is not allowed`,
  }),
  async: ({ what }: { what: string }): Text => ({
    message: `${what}; a pattern is computed at once, from numbers alone`,
  }),
  string: ({ what }: { what: string }): Text => ({
    message: `${what}; patterns compute with numbers and booleans only`,
  }),
  unsupported: ({ what, instead }: { what: string; instead?: string }): Text => ({
    message: `${what} is not part of the pattern language`,
    ...(instead === undefined ? {} : { help: instead }),
  }),
  "too-large": ({ name }: { name: string }): Text => ({
    message: `'${name}' becomes too large when its functions are inlined`,
    help: "nest fewer calls",
  }),

  // Numbers.
  "integer-division": ({ text, inExtents }: { text: string; inExtents: boolean }): Text => ({
    message: `\`${text}\` divides integers and may give a fraction, which \`${inExtents ? "extents" : "attend"}\` does not compute with`,
    help: `round it, \`Math.floor(${text})\` (or ceil, trunc, round)${inExtents ? "" : ", or multiply out: `a / b <= c` is `a <= b * c`"}`,
  }),
  "integer-needed": ({ use, text }: { use: string; text: string }): Text => ({
    message: `${use} needs an integer, and \`${text}\` may hold a fraction`,
    help: `round it: \`Math.floor(${text})\``,
  }),
  "integer-range": ({ text, value }: { text: string; value: number }): Text => ({
    message: `\`${text}\` is ${value}, outside int32 (-2147483648 to 2147483647), and meets an integer`,
  }),
  "not-finite": ({ text, value }: { text: string; value: string }): Text => ({
    message: `\`${text}\` is ${value}; constants must be finite`,
    help: "use a large finite number, such as 1e30",
  }),
  "zero-divisor": ({ text }: { text: string }): Text => ({ message: `\`${text}\` divides by zero` }),
  "divisor-may-be-zero": (f: { name: string; type: "int" | "float" }): Text => ({
    message: `param '${f.name}' divides and may be zero`,
    help:
      f.type === "int"
        ? `declare \`${f.name}: int({ min: 1 })\``
        : `declare a \`min\` above zero, such as \`${f.name}: float({ min: 0.001 })\``,
  }),
  "table-rank": (f: { what: string; name: string; labels: readonly string[]; given: number }): Text => ({
    message: `${f.what} '${f.name}' takes ${f.labels.length} ${f.labels.length === 1 ? "index" : "indices"} (${list(f.labels)}), not ${f.given}`,
  }),
  "argument-count": (f: { callee: string; expected: string; given: number }): Text => ({
    message: `\`${f.callee}\` takes ${f.expected}, not ${f.given}`,
  }),

  // Tensor operations.
  "reduction-place": ({ name, place }: { name: string; place: string }): Text => ({
    message: `\`${name}\` in ${place}; it reduces in the \`value\` of a tensor operation`,
  }),
  "reduction-form": ({ name, found }: { name: string; found: string }): Text => ({
    message: `\`${name}\` takes one to four extents, then a function of that many indices that gives a number, not ${found}`,
    help: `write \`${name}(size.k, (k) => x(t, k))\``,
  }),
  "range-extent": ({ name, found }: { name: string; found: string }): Text => ({
    message: `an extent of \`${name}\` is ${found}; it is a positive integer, made of sizes and int params`,
  }),
  "no-labels": ({ name }: { name: string }): Text => ({
    message: `input '${name}' has no dimension`,
    help: `give a label for each: \`${name}: input("t", "c")\``,
  }),

  // Analysis.
  "never-true": ({ name, reason }: { name: string; reason: string }): Text => ({
    message: `'${name}' is never true: no query sees any key`,
    notes: [reason],
  }),
  "always-true": ({ name }: { name: string }): Text => ({
    message: `'${name}' is always true: this is dense attention`,
    severity: "warning",
  }),
} as const;

export type Code = keyof typeof messages;
export type Facts<C extends Code> = Parameters<(typeof messages)[C]>[0];

/** A message of the table as a diagnostic. */
export function diagnose<C extends Code>(
  code: C,
  facts: Facts<C>,
  where?: Where,
  notes: readonly string[] = [],
): Diagnostic {
  const write = messages[code] as (facts: Facts<C>) => Text;
  const text = write(facts);
  return {
    code,
    severity: text.severity ?? "error",
    message: text.message,
    ...(where ? { where } : {}),
    notes: [...(text.notes ?? []), ...notes],
    ...(text.help === undefined ? {} : { help: text.help }),
  };
}
