/** The texts that every launcher can show, as one table of codes; those of one kind of kernel stand in a table of their own. */

export interface Problem {
  readonly code: string;
  /** What was found and what is allowed. */
  readonly message: string;
  /** The edit that mends it. */
  readonly help?: string;
}

export type Value = number | string;
export type Text = readonly [message: string, help?: string];
type Texts = { readonly [code: string]: (...values: never[]) => Text };

/** What a kernel was compiled from, and what numbers follow from at a launch of it. */
export type Subject = "pattern" | "operation";
const GIVEN = { pattern: "on this grid with these params", operation: "with these extents and params" };

export const list = (values: readonly Value[]) => `[${values.join(", ")}]`;
export const names = (values: readonly string[]) => values.map((value) => `'${value}'`).join(", ") || "none";
const both = (values: readonly string[]) => values.join(", ").replace(/, ([^,]*)$/, " and $1");
const COUNT = "expected an integer, not negative";

/** Whose an expression is: what mscc made of a declaration stands nowhere in the user's file. */
const whose = (isDerived: boolean, subject: Subject) => (isDerived ? `, which mscc derived from the ${subject},` : "");

/** An entry of `subgroupMatrixConfigs`, which WebGPU's types do not know yet. */
export interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}
const matrix = ({ componentType, resultComponentType, M, N, K }: MatrixConfig) =>
  `${M} x ${K} by ${K} x ${N}, ${componentType} to ${resultComponentType}`;

export const texts = {
  schema: (found: Value, subject: Subject = "pattern"): Text => [
    `manifest schema ${found} is unknown to this launcher, which reads schema 1`,
    `compile the ${subject} again with the mscc that this launcher comes from`,
  ],
  "no-kernel": (asked: readonly string[], there: readonly string[], subject: Subject = "pattern"): Text => [
    there.length > 0
      ? `no kernel of the module has ${both(asked)}; it has: ${there.join("; ")}`
      : "the module has no kernel",
    there.length > 0 ? "ask for one of these, or compile what you ask for" : `compile the ${subject} again`,
  ],
  "missing-feature": (feature: string): Text => [
    `needs the feature '${feature}', which the device does not have`,
    "ask for it in requestDevice({ requiredFeatures }), or use the kernel of another profile",
  ],
  "subgroup-size": (needed: number, available: number): Text => [
    `needs subgroups of at least ${needed} invocations, the device has ${available}`,
    "use the kernel of another profile, such as baseline",
  ],
  "subgroup-wide": (most: number, available: number): Text => [
    `is made for subgroups of at most ${most} invocations, the device has ${available}, of which the others would idle`,
    "use another profile, such as baseline",
  ],
  "subgroup-matrix": (needed: MatrixConfig, listed: readonly MatrixConfig[]): Text => [
    `needs subgroup matrices of ${matrix(needed)}, the device lists ${[...new Set(listed.map(matrix))].join("; ")}`,
    "use the kernel of another profile, such as baseline",
  ],
  "limit-too-low": (limit: string, needed: number, available: number): Text => [
    `needs ${limit} of ${needed}, the device has ${available}`,
    `ask for it in requestDevice({ requiredLimits: { ${limit}: ${needed} } }), or use the kernel of another profile`,
  ],
  shader: (line: number, column: number, message: string, source: string): Text => [
    `WGSL line ${line}:${column}: ${message}\n    ${line} | ${source}`,
  ],
  pipeline: (message: string): Text => [`the pipeline could not be created: ${message}`],
  gpu: (kind: string, message: string): Text => [`WebGPU ${kind} error: ${message}`],
  "device-lost": (reason: string, message: string): Text => [
    `the device was lost with this kernel in flight (${reason}): ${message}`,
    "open a new device and create its kernels again; if a watchdog ended it, use run() with a smaller sliceMilliseconds",
  ],
  disposed: (what: string): Text => [`used after dispose(): ${what}`],
  "operand-missing": (operand: string): Text => [
    `operand '${operand}' is missing, expected { buffer, shape, strides?, offset? }`,
  ],
  rank: (operand: string, shape: readonly number[], axes: readonly string[]): Text => [
    `${operand} has shape ${list(shape)}, expected ${axes.length} dimensions: ${list(axes)}`,
  ],
  "extent-invalid": (operand: string, axis: string, got: Value): Text => [
    `axis '${axis}' of ${operand} has extent ${got}, expected an integer from 1 to 2147483647`,
  ],
  "extent-mismatch": (operand: string, axis: string, expected: number, why: string, got: number): Text => [
    `axis '${axis}' of ${operand} has extent ${got}, expected ${expected} (${why})`,
  ],
  "stride-count": (operand: string, got: number, axes: readonly string[]): Text => [
    `${operand} has ${got} strides, expected ${axes.length}: ${list(axes)}`,
  ],
  "stride-invalid": (operand: string, axis: string, got: Value): Text => [
    `axis '${axis}' of ${operand} has stride ${got}, ${COUNT}`,
  ],
  "offset-invalid": (operand: string, got: Value): Text => [`${operand} has offset ${got}, ${COUNT}`],
  "output-overlap": (operand: string, axis: string, stride: number, span: number): Text => [
    `elements of ${operand} overlap: axis '${axis}' has stride ${stride}, expected at least ${span}, what the axes of smaller stride span`,
  ],
  "buffer-usage": (operand: string, got: number): Text => [
    `the buffer of ${operand} has usage ${got}, which lacks GPUBufferUsage.STORAGE`,
  ],
  "buffer-too-small": (operand: string, needed: number, size: number): Text => [
    `${operand} reaches ${needed} bytes into its buffer, which has ${size}`,
  ],
  "output-shared": (operand: string, input: string): Text => [
    `${operand} and ${input} lie in one buffer, and WebGPU forbids to write a buffer that the same dispatch reads`,
    `give ${operand} a buffer of its own`,
  ],
  "param-missing": (name: string): Text => [`param '${name}' has no value and no default`],
  "param-unknown": (name: string, known: readonly string[], subject: Subject = "pattern"): Text => [
    `param '${name}' is unknown, the ${subject} has: ${names(known)}`,
  ],
  "param-not-integer": (name: string, got: Value): Text => [
    `param '${name}' is ${got}, expected an integer of 32 bits`,
  ],
  "param-not-finite": (name: string, got: Value): Text => [`param '${name}' is ${got}, expected a finite number`],
  "param-out-of-bounds": (name: string, got: number, bounds: string): Text => [
    `param '${name}' is ${got}, expected ${bounds}`,
  ],
  "param-static": (name: string, got: number, value: number): Text => [
    `param '${name}' is ${got}, this kernel was compiled for ${value}`,
    `compile with --set ${name}=${got}, or without --set for a value chosen at run time`,
  ],
  "integer-overflow": (text: string, isDerived: boolean, reach: number, subject: Subject = "pattern"): Text => [
    `'${text}'${whose(isDerived, subject)} could reach ${reach} ${GIVEN[subject]}, expected within -2147483648 to 2147483647`,
  ],
  "zero-divisor": (text: string, isDerived: boolean, subject: Subject = "pattern"): Text => [
    `the divisor '${text}'${whose(isDerived, subject)} could be 0 ${GIVEN[subject]}`,
  ],
};

/** What gives the problems of two tables by code. Calls are marked as pure: a bundle that shows no problem of a table leaves it out. */
export function problemsOf<A extends Texts, B extends Texts>(common: A, own: B) {
  const all: Texts = { ...common, ...own };
  return <C extends keyof (A & B) & string>(code: C, ...values: Parameters<(A & B)[C]>): Problem => {
    const [message, help] = (all[code] as unknown as (...values: readonly unknown[]) => Text)(...values);
    return { code, message, ...(help === undefined ? {} : { help }) };
  };
}

export const codes = /* @__PURE__ */ Object.keys(texts);
export const problem = /* @__PURE__ */ problemsOf(texts, {});

/** `1 to 8`, `at least 1`, `at most 8`. */
export function boundsText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return min !== undefined ? `at least ${min}` : `at most ${max}`;
}

/** Every fault of one step, each with its code; `message` names the kernel. */
export class LaunchError extends Error {
  readonly problems: readonly Problem[];
  constructor(kernel: string, problems: readonly Problem[]) {
    super(problems.map(({ message, help }) => `${kernel}: ${message}${help ? `\n  help: ${help}` : ""}`).join("\n"));
    this.name = "LaunchError";
    this.problems = problems;
  }
}
