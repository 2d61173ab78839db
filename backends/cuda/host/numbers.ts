/** C that checks the numbers of a launch: extents, positions, the whole grid, scale, params, extents of tables. */
import type { ManifestLabel, ManifestParam, ManifestTable } from "../../../compiler/plan/manifest.js";
import { boundsText } from "./arguments.js";
import { failure } from "./messages.js";
import { paramScope, rangeWriter } from "./ranges.js";
import { cName, cString, cStrings, floatLiteral, openParams, type Variant } from "./variant.js";

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join("\n");

const positions = (variant: Variant) => {
  const [nq, nk] = [variant.axes.query.length, variant.axes.key.length];
  return `// Extents of the whole grids.
struct Grid {
  int query[${nq}], key[${nk}];
};

// One side of the launch: what is held, and where it lies.
static int check_side(const Args *args, const char *side, int rank, const char *const *axes, const int *extents,
                      const int *offsets, const int *sizes) {
  for (int i = 0; i < rank; i++) {
    if (extents[i] < 1) return ${failure("extent-invalid", { side: "side", got: "extents[i]", axis: "axes[i]" })};
    if (offsets[i] < 0) return ${failure("position-invalid", { side: "side", part: cString("offset"), got: "offsets[i]", axis: "axes[i]" })};
    if (sizes[i] < 0) return ${failure("position-invalid", { side: "side", part: cString("size"), got: "sizes[i]", axis: "axes[i]" })};
  }
  return MSCC_OK;
}

// A box within the whole grid.
static int check_inside(const Args *args, const char *what, const char *axis, int first, int extent, long long size) {
  const long long last = (long long)first + extent - 1;
  if (last < size && last < INT_MAX) return MSCC_OK;
  const long long end = (size < INT_MAX ? size : INT_MAX) - 1;
  return ${failure("outside-grid", { what: "what", first: "first", last: "last", axis: "axis", end: "end" })};
}`;
};

/** Where nobody says how large a grid is, it ends with the operands; a shared one with the one that reaches further. */
function gridLines({ axes }: Variant): string[] {
  const end = (side: string, i: number) => `(long long)args->${side}_offset[${i}] + args->${side}_extent[${i}]`;
  const own = (side: "query" | "key", names: readonly string[]) =>
    names.flatMap((axis, i) => [
      "{",
      `  const long long size = args->${side}_size[${i}] ? args->${side}_size[${i}] : ${end(side, i)};`,
      `  if (int status = check_inside(args, "${side === "query" ? "queries" : "keys"}", ${cString(axis)}, args->${side}_offset[${i}], args->${side}_extent[${i}], size)) return status;`,
      `  grid->${side}[${i}] = (int)size;`,
      "}",
    ]);
  if (!axes.shared) return [...own("query", axes.query), ...own("key", axes.key)];
  return [
    `for (int i = 0; i < ${axes.query.length}; i++) {`,
    "  const int q_size = args->query_size[i], k_size = args->key_size[i];",
    "  if (q_size && k_size && q_size != k_size) {",
    `    return ${failure("size-differs", { q: "q_size", k: "k_size", axis: "query_axes[i]" })};`,
    "  }",
    `  const long long q_end = ${end("query", 0).replaceAll("[0]", "[i]")};`,
    `  const long long k_end = ${end("key", 0).replaceAll("[0]", "[i]")};`,
    "  const long long size = q_size ? q_size : k_size ? k_size : q_end > k_end ? q_end : k_end;",
    '  if (int status = check_inside(args, "queries", query_axes[i], args->query_offset[i], args->query_extent[i], size)) return status;',
    '  if (int status = check_inside(args, "keys", key_axes[i], args->key_offset[i], args->key_extent[i], size)) return status;',
    "  grid->query[i] = grid->key[i] = (int)size;",
    "}",
  ];
}

/** Functions that check heads and positions, and find the whole grid. */
export function emitGrid(variant: Variant): string {
  const { query, key } = variant.axes;
  const count = (field: string) =>
    `if (args->${field} < 1) return ${failure("count-invalid", { field: cString(field), got: `args->${field}` })};`;
  return `${positions(variant)}

// Slots of k and v along a key axis.
static int key_slots(const Args *args, int axis) {
  return args->key_ring[axis] ? args->key_ring[axis] : args->key_extent[axis];
}

// Heads, extents, positions; the extents of the whole grids.
static int check_grid(const Args *args, Grid *grid) {
  static const char *const query_axes[] = ${cStrings(query)};
  static const char *const key_axes[] = ${cStrings(key)};
  ${count("batch")}
  ${count("heads")}
  ${count("key_heads")}
  if (args->heads % args->key_heads != 0) {
    return ${failure("head-ratio", { heads: "args->heads", key_heads: "args->key_heads" })};
  }
  if (int status = check_side(args, "query", ${query.length}, query_axes, args->query_extent, args->query_offset, args->query_size)) return status;
  if (int status = check_side(args, "key", ${key.length}, key_axes, args->key_extent, args->key_offset, args->key_size)) return status;
  for (int i = 0; i < ${key.length}; i++) {
    if (args->key_ring[i] != 0 && args->key_ring[i] < args->key_extent[i]) {
      return ${failure("ring-too-small", { got: "args->key_ring[i]", axis: "key_axes[i]", extent: "args->key_extent[i]" })};
    }
  }
${indented(gridLines(variant))}
  return MSCC_OK;
}`;
}

function paramLines({ name, type, min, max }: ManifestParam): string[] {
  const value = `args->params.${cName(name)}`;
  const isInt = type === "int";
  const literal = (bound: number) => (isInt ? String(bound) : floatLiteral(bound));
  // A bound that every int keeps needs no test, and none that the language could spell.
  const isVacuous = (bound: number) => isInt && (bound <= -(2 ** 31) || bound >= 2 ** 31 - 1);
  const tests = [
    ...(min === undefined || isVacuous(min) ? [] : [`${value} < ${literal(min)}`]),
    ...(max === undefined || isVacuous(max) ? [] : [`${value} > ${literal(max)}`]),
  ];
  const said = { name: cString(name), got: value, bounds: cString(boundsText(min, max)) };
  const outside = failure(isInt ? "int-out-of-bounds" : "float-out-of-bounds", said);
  const finite = `if (!(fabsf(${value}) <= FLT_MAX)) return ${failure("param-not-finite", { name: said.name, got: value })};`;
  return [...(isInt ? [] : [finite]), ...(tests.length > 0 ? [`if (${tests.join(" || ")}) return ${outside};`] : [])];
}

/** Lines of a function: the scale, if given, and every param within what is declared. */
export function emitParamChecks(variant: Variant): string {
  return `// The scale and every param.
static int check_params(const Args *args) {
  if (!(fabsf(args->scale) <= FLT_MAX)) return ${failure("scale-invalid", { got: "args->scale" })};
${indented(openParams(variant).flatMap(paramLines))}
  return MSCC_OK;
}`.replace(/\n\n {2}return/, "\n  return");
}

/** The extent that a dimension must have, in C, and why. */
function tied(
  { name, tie }: ManifestLabel,
  { axes }: Variant,
): { readonly want: string; readonly why: string } | undefined {
  if (tie === "free") return undefined;
  if (tie === "head") return { want: "args->heads", why: "the query heads" };
  if (tie === "batch") return { want: "args->batch", why: "the batches" };
  const sides = (["query", "key"] as const).flatMap((side) => {
    const i = axes[side].indexOf(name);
    return i < 0 ? [] : [`grid->${side}[${i}]`];
  });
  const [first = "0", second] = sides;
  const want = second && !axes.shared ? `${first} > ${second} ? ${first} : ${second}` : first;
  return { want, why: "the extent of the whole grid" };
}

function labelLines(table: ManifestTable, i: number, variant: Variant): string[] {
  const label = table.labels[i] as ManifestLabel;
  const got = `args->tables.${cName(table.name)}.extent[${i}]`;
  const said = { label: cString(label.name), table: cString(table.name), got };
  const tie = tied(label, variant);
  if (tie) {
    const refusal = failure("table-extent", { ...said, want: "want", why: cString(tie.why) });
    return ["{", `  const int want = ${tie.want};`, `  if (${got} != want) return ${refusal};`, "}"];
  }
  if (!label.extent) return [`if (${got} < 1) return ${failure("table-extent-invalid", said)};`];
  const { text, expression } = label.extent;
  const writer = rangeWriter(paramScope(variant));
  const range = writer.nameOf(expression);
  const value = `const Range declared = ${range};`;
  return [
    "{",
    ...[...writer.take(), value].map((line) => `  ${line}`),
    "  if (!is_point(declared) || !(declared.lo >= 1 && declared.lo <= INT32_HIGH)) {",
    `    return ${failure("table-extent-declared", { label: said.label, table: said.table, text: cString(text), value: "declared.lo" })};`,
    "  }",
    "  const int want = (int)declared.lo;",
    `  if (${got} != want) return ${failure("table-extent", { ...said, want: "want", why: cString(text === String(expression) ? "as declared" : `which is \`${text}\``) })};`,
    "}",
  ];
}

/** A function that checks the extents of tables; empty where there are none. */
export function emitTableChecks(variant: Variant): string {
  const { tables } = variant;
  if (tables.length === 0) return "";
  const lines = tables.flatMap((table) => {
    const extents = table.labels.map((_, i) => `(double)args->tables.${cName(table.name)}.extent[${i}]`);
    const count = extents.join(" * ");
    const many = `if (${count} > INT_MAX) return ${failure("table-too-large", { table: cString(table.name), count })};`;
    return [...table.labels.flatMap((_, i) => labelLines(table, i, variant)), ...(extents.length > 1 ? [many] : [])];
  });
  const usesGrid = lines.some((line) => line.includes("grid->"));
  return `// The extents of tables.
static int check_tables(const Args *args${usesGrid ? ", const Grid *grid" : ""}) {
${indented(lines)}
  return MSCC_OK;
}`;
}
