/** Every text that the launcher can show, as one table of codes. */

export interface Problem {
  readonly code: string;
  /** What was found and what is allowed. */
  readonly message: string;
  /** The edit that mends it. */
  readonly help?: string;
}

type Value = number | string;
type Text = readonly [message: string, help?: string];

const list = (values: readonly Value[]) => `[${values.join(", ")}]`;
const names = (values: readonly string[]) => values.map((value) => `'${value}'`).join(", ") || "none";
const both = (values: readonly string[]) => values.join(", ").replace(/, ([^,]*)$/, " and $1");
const ANY_LAYOUT = "lay the operand out so, or use a kernel that takes any layout: another profile, such as baseline";
const COUNT = "expected an integer, not negative";
const WHOLE = "expected an integer from 0 to 2147483647";

/** Whose an expression is: what mscc made of the pattern stands nowhere in the user's file. */
const whose = (isDerived: boolean) => (isDerived ? ", which mscc derived from the pattern," : "");

/** Bytes of a binding at most, and what sets them: the device, the caller of `bind`, or indices of 32 bits. */
export interface BindingLimit {
  readonly bytes: number;
  readonly by: "maxStorageBufferBindingSize" | "maxBindingSize" | "indices";
}
const LIMITS = {
  maxStorageBufferBindingSize: "maxStorageBufferBindingSize of the device",
  maxBindingSize: "maxBindingSize, as given to bind",
  indices: "whose elements a kernel counts in 32 bits",
};
const held = ({ bytes, by }: BindingLimit) => `a binding holds at most ${bytes} (${LIMITS[by]})`;
/** How to have bindings of that many bytes, and what else helps. */
const enlarge = ({ by }: BindingLimit, bytes: number, ...others: readonly string[]): string => {
  const ways = {
    maxStorageBufferBindingSize: [
      `ask for more in requestDevice({ requiredLimits: { maxStorageBufferBindingSize: ${bytes} } })`,
    ],
    maxBindingSize: [`give bind no maxBindingSize, or one of ${bytes} or more`],
    indices: [],
  };
  return [...ways[by], ...others].join(", or ");
};

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

const texts = {
  schema: (found: Value): Text => [
    `manifest schema ${found} is unknown to this launcher, which reads schema 1`,
    "compile the pattern again with the mscc that this launcher comes from",
  ],
  "no-kernel": (asked: readonly string[], there: readonly string[]): Text => [
    there.length > 0
      ? `no kernel of the module has ${both(asked)}; it has: ${there.join("; ")}`
      : "the module has no kernel",
    there.length > 0 ? "ask for one of these, or compile what you ask for" : "compile the pattern again",
  ],
  "missing-feature": (feature: string): Text => [
    `needs the feature '${feature}', which the device does not have`,
    "ask for it in requestDevice({ requiredFeatures }), or use the kernel of another profile",
  ],
  "subgroup-size": (needed: number, available: number): Text => [
    `needs subgroups of at least ${needed} invocations, the device has ${available}`,
    "use the kernel of another profile, such as baseline",
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
  "head-ratio": (heads: number, keyHeads: number): Text => [
    `q has ${heads} heads and k has ${keyHeads}, expected a multiple of the key heads`,
  ],
  "stride-count": (operand: string, got: number, axes: readonly string[]): Text => [
    `${operand} has ${got} strides, expected ${axes.length}: ${list(axes)}`,
  ],
  "stride-invalid": (operand: string, axis: string, got: Value): Text => [
    `axis '${axis}' of ${operand} has stride ${got}, ${COUNT}`,
  ],
  "offset-invalid": (operand: string, got: Value): Text => [`${operand} has offset ${got}, ${COUNT}`],
  "offset-unaligned": (operand: string, got: number, alignment: number): Text => [
    `${operand} has offset ${got}, this kernel reads ${alignment} elements at a time and takes multiples of ${alignment}`,
    ANY_LAYOUT,
  ],
  "stride-unaligned": (operand: string, axis: string, got: number, alignment: number): Text => [
    `axis '${axis}' of ${operand} has stride ${got}, this kernel reads ${alignment} elements at a time and takes ${axis === "dim" ? "1" : `multiples of ${alignment}`}`,
    ANY_LAYOUT,
  ],
  "output-overlap": (operand: string, axis: string, stride: number, span: number): Text => [
    `elements of ${operand} overlap: axis '${axis}' has stride ${stride}, expected at least ${span}, what the axes of smaller stride span`,
  ],
  "buffer-usage": (operand: string, got: number): Text => [
    `the buffer of ${operand} has usage ${got}, which lacks GPUBufferUsage.STORAGE`,
  ],
  "buffer-too-small": (operand: string, needed: number, size: number): Text => [
    `${operand} reaches ${needed} bytes into its buffer, which has ${size}`,
  ],
  "tables-too-large": (bytes: number, limit: BindingLimit): Text => [
    `the tables have ${bytes} bytes together, ${held(limit)}`,
    enlarge(limit, bytes, "give smaller tables"),
  ],
  "slab-too-large": (operand: string, bytes: number, limit: BindingLimit): Text => [
    `what one tile of queries needs of ${operand} spans ${bytes} bytes, ${held(limit)}`,
    enlarge(limit, bytes, "bind less: a shorter window, fewer frames of keys in an operand, or a smaller grid"),
  ],
  "buffer-too-large": (operand: string, bytes: number, limit: number): Text => [
    `the buffer of ${operand} that the launch would own has ${bytes} bytes, the device allows ${limit} (maxBufferSize)`,
    `ask for more in requestDevice({ requiredLimits }), or give ${operand} as an operand`,
  ],
  "splits-unbindable": (splits: number, bytes: number, limit: BindingLimit): Text => [
    `what ${splits} splits give for one tile of queries spans ${bytes} bytes, ${held(limit)}`,
    "ask for fewer splits, or leave splits out",
  ],
  "splits-invalid": (got: Value, most: number): Text => [`splits is ${got}, expected an integer from 1 to ${most}`],
  "splits-unmerged": (got: number): Text => [
    `splits is ${got}, and this kernel comes without the one that joins them`,
    "give createKernel the merge kernel too, as load() of an emitted module does",
  ],
  "splits-too-large": (splits: number, bytes: number, limit: number): Text => [
    `${splits} splits need a buffer of ${bytes} bytes, the device allows ${limit} (maxBufferSize)`,
    "use fewer splits: a launch of many tiles needs none",
  ],
  "held-invalid": (axis: string, got: Value, slots: number): Text => [
    `keyExtent is ${got} on axis '${axis}', expected 1 to ${slots}, which k has room for`,
  ],
  "ring-unknown": (name: string, axes: readonly string[]): Text => [
    `keyRing names '${name}', the axes of the keys are: ${names(axes)}`,
  ],
  "binding-size-invalid": (got: Value, least: number): Text => [
    `maxBindingSize is ${got}, expected bytes, ${least} or more (minStorageBufferOffsetAlignment)`,
  ],
  "output-shared": (operand: string, input: string): Text => [
    `${operand} and ${input} lie in one buffer, and WebGPU forbids to write a buffer that the same dispatch reads`,
    `give ${operand} a buffer of its own`,
  ],
  "outputs-overlap": (alignment: number): Text => [
    `output and lse overlap in one buffer, bindings begin at multiples of ${alignment} bytes`,
    "give lse a buffer of its own",
  ],
  "position-count": (what: string, got: number, axes: readonly string[]): Text => [
    `${what} has ${got} entries, expected ${axes.length}: ${list(axes)}`,
  ],
  "position-invalid": (what: string, axis: string, got: Value): Text => [
    `${what} is ${got} on axis '${axis}', ${WHOLE}`,
  ],
  "size-differs": (axis: string, q: number, k: number): Text => [
    `size.q is ${q} and size.k is ${k} on axis '${axis}', expected the same: queries and keys share one grid`,
  ],
  "outside-grid": (what: string, axis: string, first: number, last: number, size: number): Text => [
    `the ${what} lie at ${first} to ${last} on axis '${axis}', expected within 0 to ${size - 1}, the whole grid`,
  ],
  "scale-invalid": (got: Value): Text => [`scale is ${got}, expected a finite number`],
  "param-missing": (name: string): Text => [`param '${name}' has no value and no default`],
  "param-unknown": (name: string, known: readonly string[]): Text => [
    `param '${name}' is unknown, the pattern has: ${names(known)}`,
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
  "table-missing": (name: string): Text => [`table '${name}' is missing, expected { shape, data }`],
  "table-unknown": (name: string, known: readonly string[]): Text => [
    `table '${name}' is unknown, the pattern has: ${names(known)}`,
  ],
  "table-dtype": (name: string, expected: string, got: string): Text => [
    `table '${name}' holds ${got}, expected ${expected}`,
  ],
  "table-rank": (name: string, shape: readonly number[], labels: readonly string[]): Text => [
    `table '${name}' has shape ${list(shape)}, expected ${labels.length} dimensions: ${list(labels)}`,
  ],
  "table-extent": (name: string, label: string, expected: string, got: Value): Text => [
    `dimension '${label}' of table '${name}' has extent ${got}, expected ${expected}`,
  ],
  "table-length": (name: string, expected: number, got: number): Text => [
    `table '${name}' holds ${got} values, expected ${expected}, the product of its extents`,
  ],
  "table-value": (name: string, index: number, got: number, bounds: string): Text => [
    `value ${index} of table '${name}' is ${got}, the pattern promises ${bounds}`,
  ],
  "table-order": (name: string, index: number, before: number, got: number): Text => [
    `value ${index} of table '${name}' is ${got}, after ${before}: the pattern promises that values never fall along the last dimension`,
  ],
  "integer-overflow": (text: string, isDerived: boolean, reach: number): Text => [
    `'${text}'${whose(isDerived)} could reach ${reach} on this grid with these params, expected within -2147483648 to 2147483647`,
  ],
  "zero-divisor": (text: string, isDerived: boolean): Text => [
    `the divisor '${text}'${whose(isDerived)} could be 0 on this grid with these params`,
  ],
  "too-many-tiles": (tiles: number): Text => [
    `the launch has ${tiles} tiles, expected at most 2147483647`,
    "launch in parts: fewer heads, or boxes of the grid with a queryOffset",
  ],
};

export type Code = keyof typeof texts;
export const codes = Object.keys(texts) as readonly Code[];

export function problem<C extends Code>(code: C, ...values: Parameters<(typeof texts)[C]>): Problem {
  const [message, help] = (texts[code] as (...values: readonly unknown[]) => Text)(...values);
  return { code, message, ...(help === undefined ? {} : { help }) };
}

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
