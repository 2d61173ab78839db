/** Expressions of a manifest -> C that computes the range of their values, and refuses what could leave 32 bits. */
import type { JsonExpression, ManifestTable } from "../../../compiler/plan/manifest.js";
import { identifier } from "../../common/identifier.js";
import { failure } from "./messages.js";
import { cName, cString, doubleLiteral, floatLiteral, type Variant } from "./variant.js";

type Spelling = (a: string, b: string, c: string) => string;

const rising =
  (f: string, whole: (a: string) => string): Spelling =>
  (a) =>
    `range_rising(${f}, ${a}, ${whole(a)})`;
const kept = (a: string) => `${a}.whole`;
const always = () => "true";
const never = () => "false";
const call =
  (f: string): Spelling =>
  (a, b) =>
    `${f}(${b === "" ? a : `${a}, ${b}`})`;

/** Every operator of the IR, besides those that read tables. Where `whole` is asked of an operand, that has a name. */
const SPELLINGS: { readonly [operator: string]: Spelling } = {
  neg: call("range_neg"),
  not: call("range_not"),
  bitNot: call("range_bit_not"),
  abs: call("range_abs"),
  square: call("range_square"),
  isqrt: rising("whole_root", kept),
  sign: rising("sign", kept),
  floor: rising("floor", always),
  ceil: rising("ceil", always),
  trunc: rising("trunc", always),
  round: rising("round_half_up", always),
  toFloat: rising("itself", kept),
  toInt: rising("itself", always),
  sqrt: rising("root", never),
  exp: rising("exp", never),
  log: rising("log", never),
  log2: rising("log2", never),
  tanh: rising("tanh", never),
  sin: call("range_wave"),
  cos: call("range_wave"),
  add: call("range_add"),
  sub: call("range_sub"),
  mul: call("range_mul"),
  div: call("range_div"),
  floorDiv: (a, b) => `range_divide(floor_quotient, ${a}, ${b})`,
  truncDiv: (a, b) => `range_divide(trunc_quotient, ${a}, ${b})`,
  rem: call("range_rem"),
  pow: (a, b) => `range_power(${a}, ${b}, false)`,
  ipow: (a, b) => `range_power(${a}, ${b}, ${a}.whole && ${b}.whole)`,
  min: call("range_min"),
  max: call("range_max"),
  bitAnd: call("range_and_bits"),
  bitOr: call("range_or_bits"),
  bitXor: call("range_xor_bits"),
  shl: call("range_shl"),
  shr: call("range_shr"),
  ushr: call("range_ushr"),
  lt: call("range_lt"),
  le: call("range_le"),
  eq: call("range_eq"),
  ne: (a, b) => `range_not(range_eq(${a}, ${b}))`,
  and: call("range_min"),
  or: call("range_max"),
  select: (a, b, c) => `range_select(${a}, ${b}, ${c})`,
};

/** What variables and tables are in C. */
export interface RangeScope {
  /** The C expression of a variable's range. */
  readonly variable: (name: string) => string;
  /** The range of a table's values. */
  readonly values: (table: string) => string;
  /** The number of a table's entries along its last dimension. */
  readonly entries: (table: string) => string;
}

/** Computes ranges one after another; what two of them share is computed once. */
export interface RangeWriter {
  /** The name of a range, whose lines come before its use. */
  readonly nameOf: (expression: JsonExpression) => string;
  /** The lines that were not taken yet. */
  readonly take: () => string[];
}

/** Params may be called what C or a function of ours is called. */
const nameFor = (text: string) =>
  identifier(/[.]|^(head|batch|s)$/.test(text) ? text.replaceAll(".", "_") : `param_${text}`);

/** First, last and any position of a tile or box lie in one range. */
function ofPositions(expression: JsonExpression): JsonExpression {
  if (typeof expression === "string") return expression.replace(/^([qk]\..*)\.(lo|hi)$/, "$1");
  if (typeof expression === "number") return expression;
  const [operator, ...operands] = expression;
  return [operator, ...operands.map((each) => (typeof each === "boolean" ? each : ofPositions(each)))];
}

export function rangeWriter(scope: RangeScope): RangeWriter {
  const names = new Map<string, string>();
  let lines: string[] = [];
  const declare = (name: string, value: string) => {
    lines.push(`const Range ${name} = ${value};`);
    return name;
  };
  const made = (key: string, make: () => string): string => {
    const name = names.get(key) ?? make();
    names.set(key, name);
    return name;
  };
  const numbered = (value: string) => declare(`r${names.size}`, value);
  const nameOf = (given: JsonExpression): string => {
    const expression = ofPositions(given);
    const key = JSON.stringify(expression);
    if (typeof expression === "number") return `range_point(${doubleLiteral(expression)})`;
    if (typeof expression === "string")
      return made(key, () => declare(nameFor(expression), scope.variable(expression)));
    const [operator, ...operands] = expression;
    const table = String(operands[0]);
    if (operator === "lookup")
      return made(`values ${table}`, () => declare(identifier(`values_${table}`), scope.values(table)));
    if (operator === "search")
      return made(`entries ${table}`, () =>
        declare(identifier(`found_${table}`), `range_between(0, ${scope.entries(table)})`),
      );
    const spelling = SPELLINGS[operator];
    if (!spelling) throw new Error(`bug in mscc: the manifest has the operator '${operator}', unknown to its launcher`);
    return made(key, () => {
      const [a = "", b = "", c = ""] = operands.map((each) => nameOf(typeof each === "boolean" ? Number(each) : each));
      return numbered(spelling(a, b, c));
    });
  };
  const take = () => {
    const taken = lines;
    lines = [];
    return taken;
  };
  return { nameOf, take };
}

const int = (value: string) => `(double)${value}`;

/** The range of a param's value. */
function paramRange({ params }: Variant, name: string): string | undefined {
  const param = params.find((each) => each.name === name);
  if (!param) return undefined;
  if (param.value === undefined) return `range_point(args->params.${cName(name)})`;
  return `range_point(${param.type === "int" ? doubleLiteral(param.value) : floatLiteral(param.value)})`;
}

/** The range of what a table promises of its values. */
function promised({ type, min, max }: ManifestTable): string {
  if (type === "int") return `range_between(${doubleLiteral(min ?? -(2 ** 31))}, ${doubleLiteral(max ?? 2 ** 31 - 1)})`;
  return `range_real(${doubleLiteral(min ?? Number.NEGATIVE_INFINITY)}, ${doubleLiteral(max ?? Number.POSITIVE_INFINITY)})`;
}

const tableNamed = ({ tables }: Variant, name: string) => {
  const table = tables.find((each) => each.name === name);
  if (!table) throw new Error(`bug in mscc: the manifest reads the table '${name}', which it does not list`);
  return table;
};

/** The range of every variable of a plan on a launch, over `args` and `grid`. */
export function launchScope(variant: Variant): RangeScope {
  const { query, key } = variant.axes;
  const variable = (name: string) => {
    if (name === "head") return `range_between(0, ${int("args->heads")} - 1)`;
    if (name === "batch") return `range_between(0, ${int("args->batch")} - 1)`;
    if (name === "s") return "range_anything()";
    const param = paramRange(variant, name);
    if (param) return param;
    const [, part, side, axis = ""] = /^(?:(origin|extent|size)\.)?([qk])\.(.*)$/.exec(name) ?? [];
    const i = (side === "q" ? query : key).indexOf(axis);
    if (i < 0) throw new Error(`bug in mscc: the manifest has the variable '${name}', unknown to its launcher`);
    const field = side === "q" ? "query" : "key";
    if (part === "size") return `range_point(grid->${field}[${i}])`;
    const [origin, extent] = [`args->${field}_offset[${i}]`, `args->${field}_extent[${i}]`];
    if (part) return `range_point(${part === "origin" ? origin : extent})`;
    return `range_between(${origin}, ${int(origin)} + ${extent} - 1)`;
  };
  return {
    variable,
    values: (name) => promised(tableNamed(variant, name)),
    entries: (name) => `args->tables.${cName(name)}.extent[${tableNamed(variant, name).labels.length - 1}]`,
  };
}

/** The range of an int expression over params alone. */
export function paramScope(variant: Variant): RangeScope {
  const none = (name: string): string => {
    throw new Error(`bug in mscc: the extent of a table holds '${name}', which is no param`);
  };
  return { variable: (name) => paramRange(variant, name) ?? none(name), values: none, entries: none };
}

/** The tables that an expression reads, as a hint: their values count by what is promised. */
function hintOf(expression: JsonExpression, found = new Set<string>()): string {
  const visit = (each: JsonExpression | boolean): void => {
    if (!Array.isArray(each)) return;
    const [operator, ...operands] = each as readonly [string, ...(JsonExpression | boolean)[]];
    if (operator === "lookup") found.add(String(operands[0]));
    operands.slice(operator === "lookup" || operator === "search" ? 1 : 0).forEach(visit);
  };
  visit(expression);
  return found.size === 0
    ? ""
    : `; values of ${[...found].map((name) => `table '${name}'`).join(" and ")} count by the bounds that the pattern declares, { min, max }`;
}

const CHECK_INT32 = `static int check_int32(const Args *args, Range range, const char *text, const char *hint) {
  if (range.lo >= INT32_LOW && range.hi <= INT32_HIGH) return MSCC_OK;
  const double reach = range.lo < INT32_LOW ? range.lo : range.hi;
  return ${failure("integer-overflow", { text: "text", reach: "reach", hint: "hint" })};
}`;

const CHECK_DIVISOR = `static int check_divisor(const Args *args, Range range, const char *text, const char *hint) {
  if (range.lo > 0 || range.hi < 0) return MSCC_OK;
  return ${failure("zero-divisor", { text: "text", hint: "hint" })};
}`;

/** A function that bounds every integer expression of the pattern; empty where none could leave its bounds. */
export function emitRangeChecks(variant: Variant): string {
  const writer = rangeWriter(launchScope(variant));
  const known = new Set<string>();
  const lines = variant.checks.flatMap(({ kind, text, expression }) => {
    const range = writer.nameOf(expression);
    const before = writer.take();
    const check = kind === "nonzero" ? "check_divisor" : "check_int32";
    // Derived expressions of other names often have the range of one that was checked.
    if (known.has(`${check} ${range}`)) return before;
    known.add(`${check} ${range}`);
    const call = `${check}(args, ${range}, ${cString(text)}, ${cString(hintOf(expression))})`;
    return [...before, `if (int status = ${call}) return status;`];
  });
  if (lines.length === 0) return "";
  const body = lines.map((line) => `  ${line}`).join("\n");
  const usesGrid = body.includes("grid->");
  return [
    ...(body.includes("check_int32(") ? [CHECK_INT32] : []),
    ...(body.includes("check_divisor(") ? [CHECK_DIVISOR] : []),
    `// Every integer of the pattern stays within 32 bits, and no divisor is 0: positions, params and tables by their bounds.
static int check_ranges(const Args *args${usesGrid ? ", const Grid *grid" : ""}) {
${body}
  return MSCC_OK;
}`,
  ].join("\n\n");
}
