/** Writes a claim as an SMT-LIB script whose models are the claim's counterexamples. */
import { type Expr, nodesOf, operands } from "../../compiler/ir/expression.js";
import type { Claim } from "../../compiler/plan/claim.js";
import { commonBits, functionsOf } from "./functions.js";
import { integer, real, SORT, symbol } from "./literals.js";
import { BINARY, type Spelling, UNARY } from "./operators.js";
import { type Lines, productsOf } from "./products.js";
import { type Read, tablesOf } from "./tables.js";

export interface Script {
  /** Declarations and assertions, without a command to check them. */
  readonly text: string;
  /** Further assertions that follow from the text: they spare a search, or are in its way. */
  readonly lemmas: string;
  /** The names that the script declares without inputs, with their sorts. */
  readonly constants: ReadonlyMap<string, string>;
  /** The variables of the claim by name, as the script writes them. */
  readonly variables: ReadonlyMap<string, string>;
  /** Every place at which a table is read. */
  readonly reads: readonly Read[];
  /** Operators that are left uninterpreted: a proof holds for any function in their place, a model may not. */
  readonly opaque: ReadonlySet<string>;
}

/** The lines of one script, in the order in which they are needed. */
function scriptLines() {
  const lines: string[] = [];
  const lemmas: string[] = [];
  const declared = new Set<string>();
  const constants = new Map<string, string>();
  const variables = new Map<string, string>();
  const declare = (name: string, inputs: readonly string[], sort: string): string => {
    const written = symbol(name);
    if (!declared.has(written)) {
      declared.add(written);
      if (inputs.length === 0) constants.set(written, sort);
      lines.push(`(declare-fun ${written} (${inputs.join(" ")}) ${sort})`);
    }
    return written;
  };
  const given: Lines = {
    fresh: (what, sort = "Int") => declare(`${what} ${declared.size}`, [], sort),
    named: (term, sort) => {
      if (!term.startsWith("(")) return term;
      const name = symbol(`.${declared.size}`);
      declared.add(name);
      lines.push(`(define-fun ${name} () ${sort} ${term})`);
      return name;
    },
    assert: (condition) => lines.push(`(assert ${condition})`),
    assertLemma: (condition) => lemmas.push(`(assert ${condition})`),
  };
  const variable = (name: string, sort: string): string => {
    const written = declare(name, [], sort);
    variables.set(name, written);
    return written;
  };
  return {
    ...given,
    declare,
    variable,
    constants,
    variables,
    text: () => lines.join("\n"),
    lemmas: () => lemmas.join("\n"),
  };
}

function constant(e: Extract<Expr, { kind: "const" }>, opaque: Spelling["opaque"]): string {
  if (e.type === "bool") return e.value ? "true" : "false";
  if (e.type === "int") return integer(e.value);
  return Number.isFinite(e.value) ? real(e.value) : opaque(String(e.value), "Real");
}

/** Tells the products which terms are sums. */
function noteSum(e: Expr, at: (e: Expr) => string, { isSum }: Spelling): void {
  if (e.type !== "int") return;
  if (e.kind === "unary" && e.op === "neg") isSum(at(e), at(e.a), -1, at(e.a), 0);
  if (e.kind !== "binary") return;
  if (e.op === "add" || e.op === "sub") isSum(at(e), at(e.a), 1, at(e.b), e.op === "add" ? 1 : -1);
  if (e.op !== "mul") return;
  if (e.a.kind === "const") isSum(at(e), at(e.b), e.a.value, at(e.b), 0);
  else if (e.b.kind === "const") isSum(at(e), at(e.a), e.b.value, at(e.a), 0);
}

/** The script of a claim: its assumptions, and that its goal does not hold. */
export function emitScript(claim: Claim): Script {
  const lines = scriptLines();
  const { named, assert, declare, variable } = lines;
  const tables = tablesOf(claim.tables, lines);
  const opaque = new Set<string>();
  const spelling: Spelling = {
    ...productsOf(lines),
    known: functionsOf(lines, declare),
    bitAnd: commonBits(lines, declare),
    opaque: (name, sort, ...given) => {
      opaque.add(name);
      const inputs = given.map(() => sort);
      const f = declare(`${name} of ${given.length} ${sort}`, inputs, sort);
      return given.length === 0 ? f : `(${f} ${given.join(" ")})`;
    },
  };
  const written = new Map<Expr, string>();
  const at = (e: Expr) => written.get(e) as string;
  const write = (e: Expr): string => {
    switch (e.kind) {
      case "const":
        return constant(e, spelling.opaque);
      case "var":
        return variable(e.name, SORT[e.type]);
      case "lookup":
        return tables.read(e.table, e.indices.map(at));
      case "search":
        return tables.search(e.table, at(e.value), e.strict);
      case "unary":
        return UNARY[e.op](at(e.a), e, spelling);
      case "binary":
        return BINARY[e.op](at(e.a), at(e.b), e, spelling);
      case "select":
        return `(ite ${at(e.condition)} ${at(e.a)} ${at(e.b)})`;
    }
  };
  const term = (root: Expr): string => {
    for (const e of nodesOf(root)) {
      if (written.has(e)) continue;
      written.set(e, operands(e).length > 0 ? named(write(e), SORT[e.type]) : write(e));
      noteSum(e, at, spelling);
    }
    return at(root);
  };
  for (const assumption of claim.assumptions) assert(term(assumption));
  assert(`(not ${term(claim.goal)})`);
  return {
    text: lines.text(),
    lemmas: lines.lemmas(),
    constants: lines.constants,
    variables: lines.variables,
    reads: tables.reads,
    opaque,
  };
}
