/** Every text that the launcher of attention kernels can show beside those of all launchers, as one table of codes. */
import { type BindingLimit, enlarge, held } from "./binding-limit.js";
import { list, names, problemsOf, type Text, texts, type Value } from "./messages.js";

const ANY_LAYOUT = "lay the operand out so, or use a kernel that takes any layout: another profile, such as baseline";
const WHOLE = "expected an integer from 0 to 2147483647";

const own = {
  "head-ratio": (heads: number, keyHeads: number): Text => [
    `q has ${heads} heads and k has ${keyHeads}, expected a multiple of the key heads`,
  ],
  "offset-unaligned": (operand: string, got: number, alignment: number): Text => [
    `${operand} has offset ${got}, this kernel reads ${alignment} elements at a time and takes multiples of ${alignment}`,
    ANY_LAYOUT,
  ],
  "stride-unaligned": (operand: string, axis: string, got: number, alignment: number): Text => [
    `axis '${axis}' of ${operand} has stride ${got}, this kernel reads ${alignment} elements at a time and takes ${axis === "dim" ? "1" : `multiples of ${alignment}`}`,
    ANY_LAYOUT,
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
  "too-many-tiles": (tiles: number): Text => [
    `the launch has ${tiles} tiles, expected at most 2147483647`,
    "launch in parts: fewer heads, or boxes of the grid with a queryOffset",
  ],
};

export const ownCodes = /* @__PURE__ */ Object.keys(own);
export const problem = /* @__PURE__ */ problemsOf(texts, own);
