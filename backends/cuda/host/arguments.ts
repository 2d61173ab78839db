/** The struct that a caller fills, as C: the same text in the header and, behind the same guards, in every `.cu`. */
import type { ManifestTable } from "../../../compiler/plan/manifest.js";
import { argsName, cName, dimensionsOf, floatLiteral, oneLine, openParams, type Variant } from "./variant.js";

const COMMON = `#ifndef MSCC_COMMON_H
#define MSCC_COMMON_H
// What a forward function returns.
enum mscc_status {
  MSCC_OK = 0,           // launched; what fails on the device later, the stream reports
  MSCC_INVALID = 1,      // an argument is wrong, and the message says which
  MSCC_UNSUPPORTED = 2,  // the library has no kernel that could run this
  MSCC_UNFIT = 3,        // this kernel cannot run it, and another one may; the variant's own function never returns it
  MSCC_CUDA = 4          // a call of CUDA failed
};
// How elements of q, k, v and output are stored.
enum mscc_dtype { MSCC_F32 = 0, MSCC_F16 = 1, MSCC_BF16 = 2 };
#endif`;

/** `1 to 8`, `at least 1`, `at most 8`; empty where nothing bounds the value. */
export function boundsText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `at least ${min}`;
  return max === undefined ? "" : `at most ${max}`;
}

/** `[y, x]: f32, at least 0, sorted along the last dimension`: what a table is, in words. */
export function tableText({ type, labels, min, max, sorted }: ManifestTable): string {
  const extents = labels.flatMap(({ name, extent }) => (extent ? [`extent of ${name}: ${oneLine(extent.text)}`] : []));
  return [
    `[${labels.map(({ name }) => name).join(", ")}]`,
    ...extents,
    ...(boundsText(min, max) === "" ? [] : [`every value ${boundsText(min, max)}`]),
    ...(sorted ? [`values never fall along the last dimension`] : []),
    ...(type === "int" ? ["int32"] : []),
  ].join("; ");
}

function paramsOf(variant: Variant): string[] {
  const params = openParams(variant);
  if (params.length === 0) return [];
  const members = params.map(({ name, type, min, max, default: fallback }) => {
    const said = [
      ...(boundsText(min, max) === "" ? [] : [boundsText(min, max)]),
      ...(fallback === undefined ? [] : [`usually ${fallback}`]),
    ].join("; ");
    return `    ${type === "int" ? "int" : "float"} ${cName(name)};${said === "" ? "" : `  // ${said}`}`;
  });
  return ["", "  // What the pattern leaves open.", "  struct {", ...members, "  } params;"];
}

function tablesOf({ tables }: Variant): string[] {
  if (tables.length === 0) return [];
  const members = tables.flatMap((table) => [
    `    // ${tableText(table)}`,
    "    struct {",
    `      const ${table.type === "int" ? "int" : "float"} *data;`,
    `      int extent[${table.labels.length}];`,
    `    } ${cName(table.name)};`,
  ]);
  return [
    "",
    "  // Tables on the device, dense and row-major. What is promised of their values is trusted.",
    "  struct {",
    ...members,
    "  } tables;",
  ];
}

/** Both guarded blocks: what all variants share, and the struct of this one. */
export function emitArguments(variant: Variant): string {
  const name = argsName(variant);
  const [nq, nk] = [variant.axes.query.length, variant.axes.key.length];
  const side = (axes: readonly string[]) => axes.map(oneLine).join(", ");
  const shape = (operand: "q" | "k" | "v" | "output" | "lse") => `[${dimensionsOf(variant, operand).join(", ")}]`;
  const struct = [
    `struct ${name} {`,
    "  int dtype;  // enum mscc_dtype",
    "  int batch;",
    "  int heads;      // of q and output: a multiple of key_heads",
    "  int key_heads;  // of k and v",
    "  int head_dim;   // of q and k",
    "  int value_dim;  // of v and output",
    "",
    `  // Positions, outermost axis first; queries: ${side(variant.axes.query)}; keys: ${side(variant.axes.key)}.`,
    `  int query_extent[${nq}], key_extent[${nk}];  // how many are held`,
    `  int query_offset[${nq}], key_offset[${nk}];  // the first one`,
    `  int query_size[${nq}], key_size[${nk}];      // of the whole grid; 0: as far as the operands reach${variant.axes.shared ? ", for both the same" : ""}`,
    `  int key_ring[${nk}];  // 0, or how many slots k and v have: position p lies in slot p modulo that`,
    "",
    `  // Device memory of the current device. q and output: ${shape("q")}; k and v: ${shape("k")}.`,
    "  const void *q, *k, *v;",
    "  void *output;",
    `  float *lse;  // ${shape("lse")}, natural logarithm of the sum of exponentials; NULL where nobody wants it`,
    "",
    "  // Distances of neighbours in elements, one per dimension, not negative; all 0 in one operand: dense and row-major.",
    `  long long q_stride[${nq + 3}], k_stride[${nk + 3}], v_stride[${nk + 3}], output_stride[${nq + 3}], lse_stride[${nq + 2}];`,
    "",
    "  float scale;  // factor of the dot products; 0: 1 / sqrt(head_dim)",
    ...paramsOf(variant),
    ...tablesOf(variant),
    "",
    "  // Told in one sentence which kernel runs, and why none of the better ones. May be NULL.",
    "  void (*log)(void *context, const char *message);",
    "  void *log_context;",
    "",
    "  // Where the text of an error goes. May be NULL.",
    "  char *message;",
    "  size_t message_size;",
    "};",
  ].join("\n");
  const guard = `MSCC_${name.slice("mscc_".length, -"_args".length)}_ARGS_H`;
  return [COMMON, `#ifndef ${guard}\n#define ${guard}\n${struct}\n#endif`].join("\n\n");
}

/** The value that a param has where nobody says otherwise, as C. */
export const defaultLiteral = (type: "int" | "float", value: number): string =>
  type === "int" ? String(value) : floatLiteral(value);
