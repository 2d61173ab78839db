/** C that checks how operands lie in memory: pointers, strides, elements that overlap, operands that do. */
import { failure } from "./messages.js";
import { cName, cString, cStrings, dimensionsOf, type Variant } from "./variant.js";

const rankOf = ({ axes }: Variant) => Math.max(axes.query.length, axes.key.length) + 3;

const AXIS = "operand->axes[i]";

/** The struct of an operand, and the function that fills it. */
const emitLayout = (
  variant: Variant,
) => `// A tensor as the caller lays it out; its first two dimensions are batch and heads.
struct Operand {
  const char *name;
  const void *data;
  int bytes;  // of an element
  int rank;
  const char *const *axes;
  const int *extents;
  unsigned long long strides[${rankOf(variant)}];  // in elements; 0 where the extent is 1
  unsigned long long span;        // bytes from the first element to behind the last one
};

// Checks pointer and strides, and fills in strides and span.
static int check_layout(const Args *args, Operand *operand, const long long *strides) {
  if (!operand->data) return ${failure("pointer-null", { operand: "operand->name" })};
  if ((size_t)operand->data % operand->bytes != 0) {
    return ${failure("pointer-unaligned", { operand: "operand->name", address: "operand->data", bytes: "operand->bytes" })};
  }
  bool is_dense = true;
  for (int i = 0; i < operand->rank; i++) is_dense = is_dense && (!strides || strides[i] == 0);
  const unsigned long long most = 0x7fffffffffffffffull / operand->bytes - 1;
  unsigned long long reach = 0;  // elements from the first to the last one, of the dimensions so far
  for (int i = operand->rank - 1; i >= 0; i--) {
    if (strides && strides[i] < 0) {
      return ${failure("stride-negative", { axis: AXIS, operand: "operand->name", got: "strides[i]" })};
    }
    const unsigned long long steps = operand->extents[i] - 1;
    const unsigned long long stride = steps == 0 ? 0 : is_dense ? reach + 1 : strides[i];
    if (steps > 0 && stride > (most - reach) / steps) {
      return ${failure("span-too-large", { operand: "operand->name", axis: AXIS, extent: "operand->extents[i]", stride: "(long long)stride" })};
    }
    operand->strides[i] = stride;
    reach += steps * stride;
  }
  operand->span = (reach + 1) * operand->bytes;
  return MSCC_OK;
}`;

const DISTINCT = `// Two elements of an operand in one place would be written by two blocks.
static int check_distinct(const Args *args, const Operand *operand) {
  unsigned long long span = 1, done = 0;
  for (;;) {
    // Next the smallest stride that is left.
    int next = -1;
    for (int i = 0; i < operand->rank; i++) {
      if (operand->extents[i] == 1 || (done >> i & 1)) continue;
      if (next < 0 || operand->strides[i] < operand->strides[next]) next = i;
    }
    if (next < 0) return MSCC_OK;
    if (operand->strides[next] < span) {
      return ${failure("elements-overlap", {
        operand: "operand->name",
        axis: "operand->axes[next]",
        stride: "(long long)operand->strides[next]",
        span: "(long long)span",
      })};
    }
    span += (operand->extents[next] - 1) * operand->strides[next];
    done |= 1ull << next;
  }
}`;

const APART = `// Bytes that an operand takes from the start of every period; 0 where it does not lie in such periods.
static unsigned long long part_of_period(const Operand *operand, unsigned long long period) {
  unsigned long long part = operand->bytes;
  for (int i = 0; i < operand->rank; i++) {
    const unsigned long long stride = operand->strides[i] * operand->bytes;
    if (stride % period == 0) continue;
    if (stride > period) return 0;
    part += (operand->extents[i] - 1) * stride;
    if (part > period) return 0;
  }
  return part;
}

// Whether two operands share no byte: one ends before the other begins, or they take turns, as parts of the rows of one tensor.
static bool are_apart(const Operand *a, const Operand *b) {
  const unsigned long long from_a = (size_t)a->data, from_b = (size_t)b->data;
  if (from_a + a->span <= from_b || from_b + b->span <= from_a) return true;
  for (int i = 0; i < a->rank; i++) {
    const unsigned long long period = a->strides[i] * a->bytes;
    if (period == 0) continue;
    const unsigned long long part_a = part_of_period(a, period), part_b = part_of_period(b, period);
    const unsigned long long distance = (from_b % period + period - from_a % period) % period;
    if (part_a > 0 && part_b > 0 && distance >= part_a && distance + part_b <= period) return true;
  }
  return false;
}

// What is written lies apart from everything else.
static int check_apart(const Args *args, const Operand *written, const Operand *other) {
  if (are_apart(written, other)) return MSCC_OK;
  return ${failure("operands-overlap", { written: "written->name", other: "other->name" })};
}`;

/** Whether a kernel of 16-bit elements may read and write whole rows, 16 bytes at a time. */
export const WIDE_ROWS = `// Whether rows can be taken 16 bytes at a time.
static bool has_wide_rows(const Operand *operand) {
  if ((size_t)operand->data % 16 != 0 || operand->strides[operand->rank - 1] != 1) return false;
  for (int i = 0; i < operand->rank - 1; i++) {
    if (operand->strides[i] * operand->bytes % 16 != 0) return false;
  }
  return true;
}`;

export const emitOperandFunctions = (variant: Variant): string => [emitLayout(variant), DISTINCT, APART].join("\n\n");

const NAMES = ["q", "k", "v", "output", "lse"] as const;

/** Extents of the operands, in C. */
function extentsOf(variant: Variant, operand: (typeof NAMES)[number], dim: number): string {
  const isKey = operand === "k" || operand === "v";
  const heads = isKey ? "args->key_heads" : "args->heads";
  const axes = isKey
    ? variant.axes.key.map((_, i) => `key_slots(args, ${i})`)
    : variant.axes.query.map((_, i) => `args->query_extent[${i}]`);
  return `{args->batch, ${heads}, ${axes.join(", ")}${operand === "lse" ? "" : `, ${dim}`}}`;
}

/** Lines of the forward function: the operands as variables `q`, `k`, `v`, `output`, `lse`, once their extents are known to be right. */
export function emitOperands(
  variant: Variant,
  dims: { readonly headDim: number; readonly valueDim: number },
): string[] {
  const { query, key } = variant.axes;
  return [
    `static const char *const query_axes[] = ${cStrings(["batch", "heads", ...query, "dim"])};`,
    `static const char *const key_axes[] = ${cStrings(["batch", "heads", ...key, "dim"])};`,
    ...NAMES.flatMap((name) => {
      const rank = dimensionsOf(variant, name).length;
      const isKey = name === "k" || name === "v";
      const dim = name === "q" || name === "k" ? dims.headDim : dims.valueDim;
      const bytes = name === "lse" ? "sizeof(f32)" : "sizeof(Element)";
      return [
        `const int ${name}_extents[] = ${extentsOf(variant, name, dim)};`,
        `Operand ${name} = {${cString(name)}, args->${name}, ${bytes}, ${rank}, ${isKey ? "key" : "query"}_axes, ${name}_extents, {}, 0};`,
      ];
    }),
  ];
}

/** A function that checks the layouts of all operands against each other. */
export function emitLayoutChecks(variant: Variant): string {
  const tables = variant.tables.map(({ name, labels }) => {
    const extents = labels.map((_, i) => `args->tables.${cName(name)}.extent[${i}]`);
    return `  {
    const int extents[] = {${extents.join(" * ")}};
    Operand table = {${cString(`table '${name}'`)}, args->tables.${cName(name)}.data, 4, 1, entries, extents, {}, 0};
    if (int status = check_layout(args, &table, NULL)) return status;
    if (int status = check_apart(args, output, &table)) return status;
    if (int status = args->lse ? check_apart(args, lse, &table) : MSCC_OK) return status;
  }`;
  });
  return `// Pointers, strides and overlaps of all operands.
static int check_operands(const Args *args, Operand *q, Operand *k, Operand *v, Operand *output, Operand *lse) {
  if (int status = check_layout(args, q, args->q_stride)) return status;
  if (int status = check_layout(args, k, args->k_stride)) return status;
  if (int status = check_layout(args, v, args->v_stride)) return status;
  if (int status = check_layout(args, output, args->output_stride)) return status;
  if (int status = args->lse ? check_layout(args, lse, args->lse_stride) : MSCC_OK) return status;
  if (int status = check_distinct(args, output)) return status;
  const Operand *const inputs[] = {q, k, v};
  for (const Operand *input : inputs) {
    if (int status = check_apart(args, output, input)) return status;
  }
  if (args->lse) {
    if (int status = check_distinct(args, lse)) return status;
    if (int status = check_apart(args, lse, output)) return status;
    for (const Operand *input : inputs) {
      if (int status = check_apart(args, lse, input)) return status;
    }
  }${tables.length > 0 ? `\n  static const char *const entries[] = {"entry"};\n${tables.join("\n")}` : ""}
  return MSCC_OK;
}`;
}
