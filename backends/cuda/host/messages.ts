/** Every text that the C side can show, as one table of codes, and how a message is spelled in C. */
import { cString } from "./variant.js";

export type Status = "INVALID" | "UNSUPPORTED" | "UNFIT" | "CUDA";

/**
 * `{name:type}` stands for a value: `s` a string, `d` an int, `l` a long long, `g` a double, `p` a pointer.
 * What a text says of the operand, the axis and the value found comes from the launch.
 */
const texts = {
  "count-invalid": ["INVALID", "{field:s} is {got:d}, expected 1 to 2147483647"],
  "extent-invalid": ["INVALID", "{side:s}_extent is {got:d} on axis '{axis:s}', expected 1 to 2147483647"],
  "position-invalid": ["INVALID", "{side:s}_{part:s} is {got:d} on axis '{axis:s}', expected 0 to 2147483647"],
  "head-ratio": ["INVALID", "heads is {heads:d} and key_heads is {key_heads:d}, expected a multiple of key_heads"],
  "ring-too-small": [
    "INVALID",
    "key_ring is {got:d} on axis '{axis:s}', expected 0, or a ring with a slot for each of the {extent:d} keys held",
  ],
  "size-differs": [
    "INVALID",
    "query_size is {q:d} and key_size is {k:d} on axis '{axis:s}', expected the same: queries and keys share one grid",
  ],
  "outside-grid": [
    "INVALID",
    "the {what:s} lie at {first:d} to {last:l} on axis '{axis:s}', expected within 0 to {end:l}, the whole grid",
  ],
  "scale-invalid": ["INVALID", "scale is {got:g}, expected a finite number; 0 stands for 1 / sqrt(head dim)"],
  "param-not-finite": ["INVALID", "param '{name:s}' is {got:g}, expected a finite number"],
  "int-out-of-bounds": ["INVALID", "param '{name:s}' is {got:d}, expected {bounds:s}"],
  "float-out-of-bounds": ["INVALID", "param '{name:s}' is {got:g}, expected {bounds:s}"],
  "table-extent": [
    "INVALID",
    "dimension '{label:s}' of table '{table:s}' has extent {got:d}, expected {want:d}, {why:s}",
  ],
  "table-extent-invalid": [
    "INVALID",
    "dimension '{label:s}' of table '{table:s}' has extent {got:d}, expected 1 to 2147483647",
  ],
  "table-extent-declared": [
    "INVALID",
    "dimension '{label:s}' of table '{table:s}' is declared as `{text:s}`, which is {value:g} with these params, no extent",
  ],
  "table-too-large": ["INVALID", "table '{table:s}' has {count:g} values, expected at most 2147483647"],
  "pointer-null": ["INVALID", "{operand:s} is NULL, expected a pointer to device memory"],
  "pointer-unaligned": [
    "INVALID",
    "{operand:s} is at {address:p}, expected a multiple of {bytes:d} bytes, the size of its elements",
  ],
  "stride-negative": ["INVALID", "axis '{axis:s}' of {operand:s} has stride {got:l}, expected 0 or more elements"],
  "span-too-large": [
    "INVALID",
    "{operand:s} spans more than 2^63 bytes along axis '{axis:s}', which has extent {extent:d} and stride {stride:l}",
  ],
  "elements-overlap": [
    "INVALID",
    "elements of {operand:s} overlap: axis '{axis:s}' has stride {stride:l}, expected at least {span:l}, what the axes of smaller stride span",
  ],
  "operands-overlap": [
    "INVALID",
    "{written:s} overlaps {other:s} in memory, expected memory of its own: give it another buffer",
  ],
  "integer-overflow": [
    "INVALID",
    "'{text:s}' could reach {reach:g} on this grid with these params, expected within -2147483648 to 2147483647{hint:s}",
  ],
  "zero-divisor": ["INVALID", "the divisor '{text:s}' could be 0 on this grid with these params{hint:s}"],
  "too-many-tiles": [
    "INVALID",
    "{what:s} has {tiles:g} tiles, expected at most 2147483647: launch fewer heads, or boxes of the grid with query_offset",
  ],
  "dtype-invalid": ["INVALID", "dtype is {got:d}, expected MSCC_F32 (0), MSCC_F16 (1) or MSCC_BF16 (2)"],
  "no-kernel": [
    "UNSUPPORTED",
    "no kernel for {dtype:s}, head dim {head_dim:d}, value dim {value_dim:d}; compiled are: {there:s}",
  ],
  "none-fits": ["UNSUPPORTED", "no kernel can run this: {reasons:s}"],
  "dtype-unfit": ["UNFIT", "dtype is {got:d}, this kernel takes {want:d} ({name:s})"],
  "dims-unfit": [
    "UNFIT",
    "head dim is {head_dim:d} and value dim is {value_dim:d}, this kernel is compiled for {head:d} and {value:d}",
  ],
  "capability-unfit": ["UNFIT", "needs compute capability {need:s}, the device has {major:d}.{minor:d}"],
  "memory-unfit": ["UNFIT", "needs {need:d} bytes of shared memory per block, the device allows {has:d}"],
  "image-missing": [
    "UNFIT",
    "the library holds no code of this kernel for compute capability {major:d}.{minor:d}: compile its file with nvcc {option:s}",
  ],
  "map-dim-stride": ["UNFIT", "axis 'dim' of {operand:s} has stride {got:l}, tensor maps take 1"],
  "map-unaligned": ["UNFIT", "{operand:s} is at {address:p}, tensor maps take multiples of 16 bytes"],
  "map-stride": [
    "UNFIT",
    "axis '{axis:s}' of {operand:s} has stride {got:l}, tensor maps take positive multiples of {elements:d} elements (16 bytes) below 2^40 bytes",
  ],
  "map-ring": ["UNFIT", "axis '{axis:s}' of the keys is a ring, and a key tile holds {extent:d} positions along it"],
  "driver-too-old": ["UNFIT", "the driver has no cuTensorMapEncodeTiled, which came with CUDA 12.0"],
  "map-failed": ["UNFIT", "cuTensorMapEncodeTiled for {operand:s} failed with CUresult {code:d}"],
  "call-failed": ["CUDA", "{call:s} failed: {error:s} ({name:s})"],
} as const satisfies { readonly [code: string]: readonly [Status, string] };

export type Code = keyof typeof texts;
export const codes = Object.keys(texts) as readonly Code[];
export const statusOf = (code: Code): Status => texts[code][0];

/** The text with its holes named, as documents show it: `axis '{axis}' of {operand}`. */
export const shownText = (code: Code): string => texts[code][1].replace(/\{(\w+):\w\}/g, "{$1}");

type Holes<Text extends string> = Text extends `${string}{${infer Name}:${string}}${infer Rest}`
  ? Name | Holes<Rest>
  : never;

/** C expressions for the holes of a text. */
type Values<C extends Code> = { readonly [name in Holes<(typeof texts)[C][1]>]: string };

const FORMATS: { readonly [type: string]: string } = { s: "%s", d: "%d", l: "%lld", g: "%.15g", p: "%p" };

/** A C string literal without anything that `printf` or an escape would change. */
const PLAIN = /^"([^"\\%]*)"$/;

/** The C expression that formats a message and gives its status: `fail(args, MSCC_INVALID, "...", ...)`. */
export function failure<C extends Code>(code: C, values: Values<C>): string {
  const [status, text] = texts[code];
  const given: string[] = [];
  const format = text.replace(/\{(\w+):(\w)\}/g, (_, name: string, type: string) => {
    const value = (values as { readonly [name: string]: string })[name] as string;
    const literal = type === "s" ? PLAIN.exec(value)?.[1] : type === "d" ? /^\d+$/.exec(value)?.[0] : undefined;
    if (literal !== undefined) return literal;
    given.push(value);
    return FORMATS[type] as string;
  });
  const rest = given.map((value) => `, ${value}`).join("");
  return `fail(args, MSCC_${status}, ${cString(format)}${rest})`;
}

/** The C function that `failure` calls; `linkage` stands before it. */
export const emitFail = (variant: string, linkage: "" | "static "): string => `// Writes a message and gives its status.
#ifdef __GNUC__
__attribute__((format(printf, 3, 4)))
#endif
${linkage}int fail(const Args *args, int status, const char *format, ...) {
  if (!args->message || args->message_size == 0) return status;
  const int start = snprintf(args->message, args->message_size, "%s", ${cString(`mscc ${variant}: `)});
  if (start < 0 || (size_t)start >= args->message_size) return status;
  va_list values;
  va_start(values, format);
  vsnprintf(args->message + start, args->message_size - start, format, values);
  va_end(values);
  return status;
}`;
