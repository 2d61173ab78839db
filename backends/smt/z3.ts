/** Decides claims with Z3, compiled to WebAssembly; the package is optional and loaded on first use. */
import { createRequire } from "node:module";
import type { Claim, Model, Outcome, PartialTable, Solver } from "../../compiler/plan/claim.js";
import { emitScript, type Script } from "./emit.js";

/** Handles of Z3's objects, all of which belong to a context. */
type Handle = number;

interface Overrides {
  readonly printErr: (text: string) => void;
}

/** The part of the package that is used here; its own types need those of a browser. */
interface Package {
  readonly init: (overrides: Overrides) => Promise<{ readonly Z3: Z3; readonly em: unknown }>;
  readonly killThreads: (em: unknown) => Promise<void>;
}

interface Z3 {
  readonly get_full_version: () => string;
  readonly mk_config: () => Handle;
  readonly del_config: (config: Handle) => void;
  readonly mk_context: (config: Handle) => Handle;
  readonly del_context: (context: Handle) => void;
  readonly get_error_code: (context: Handle) => number;
  readonly get_error_msg: (context: Handle, code: number) => string;
  readonly mk_string_symbol: (context: Handle, name: string) => Handle;
  readonly mk_params: (context: Handle) => Handle;
  readonly params_inc_ref: (context: Handle, params: Handle) => void;
  readonly params_set_uint: (context: Handle, params: Handle, name: Handle, value: number) => void;
  readonly mk_simple_solver: (context: Handle) => Handle;
  readonly solver_inc_ref: (context: Handle, solver: Handle) => void;
  readonly solver_set_params: (context: Handle, solver: Handle, params: Handle) => void;
  readonly solver_from_string: (context: Handle, solver: Handle, text: string) => void;
  /** -1, 0 or 1: no model, unknown, a model. The one call that runs beside this thread. */
  readonly solver_check: (context: Handle, solver: Handle) => Promise<number>;
  readonly solver_get_reason_unknown: (context: Handle, solver: Handle) => string;
  readonly solver_get_model: (context: Handle, solver: Handle) => Handle;
  readonly mk_int_sort: (context: Handle) => Handle;
  readonly mk_real_sort: (context: Handle) => Handle;
  readonly mk_const: (context: Handle, name: Handle, sort: Handle) => Handle;
  readonly model_eval: (context: Handle, model: Handle, term: Handle, complete: boolean) => Handle | null;
  readonly get_numeral_string: (context: Handle, term: Handle) => string;
}

/** Thrown where the optional package is not installed. */
export class SolverMissing extends Error {}

const PACKAGE = "z3-solver";

/** Version of the package, found without loading it; undefined where it is not installed. */
export function installedZ3(): string | undefined {
  try {
    const { version } = createRequire(import.meta.url)(`${PACKAGE}/package.json`) as { readonly version: string };
    return version;
  } catch {
    return undefined;
  }
}

async function load(): Promise<Package> {
  try {
    return (await import(PACKAGE)) as Package;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") throw new SolverMissing(PACKAGE);
    throw error;
  }
}

/** One script in a context of its own. */
interface Query {
  readonly z3: Z3;
  readonly context: Handle;
  readonly solver: Handle;
  readonly script: Script;
}

/** The number that Z3 writes as `5`, `-5` or `1/3`; NaN for any other value, such as an algebraic number. */
function numberOf(text: string): number {
  const [numerator, denominator = "1"] = text.split("/");
  return text === "" ? Number.NaN : Number(numerator) / Number(denominator);
}

/** The values of all that the claim reads; undefined where one of them is no rational number. */
function modelOf({ z3, context, solver, script }: Query): Model | undefined {
  const model = z3.solver_get_model(context, solver);
  const value = (name: string): number => {
    const sort = script.constants.get(name) === "Real" ? z3.mk_real_sort(context) : z3.mk_int_sort(context);
    const term = z3.mk_const(context, z3.mk_string_symbol(context, name.slice(1, -1)), sort);
    const found = z3.model_eval(context, model, term, true);
    return found === null ? Number.NaN : numberOf(z3.get_numeral_string(context, found));
  };
  const variables = Object.fromEntries([...script.variables].map(([name, written]) => [name, value(written)]));
  const names = [...new Set(script.reads.map(({ table }) => table))];
  const tables = names.map((name): PartialTable => {
    const reads = script.reads.filter(({ table }) => table === name);
    return { name, entries: reads.map((read) => ({ indices: read.indices.map(value), value: value(read.value) })) };
  });
  const numbers = tables.flatMap(({ entries }) => entries.flatMap((entry) => [...entry.indices, entry.value]));
  return [...Object.values(variables), ...numbers].some(Number.isNaN) ? undefined : { variables, tables };
}

async function outcomeOf(query: Query): Promise<Outcome> {
  const { z3, context, solver } = query;
  const answer = await z3.solver_check(context, solver);
  if (answer === -1) return { kind: "holds" };
  if (answer === 1) {
    const model = modelOf(query);
    return model ? { kind: "fails", model } : { kind: "unknown", reason: "the solver's values are not rational" };
  }
  const reason = z3.solver_get_reason_unknown(context, solver);
  return { kind: "unknown", reason: reason === "timeout" || reason === "canceled" ? "time" : reason };
}

/** A way to go about a script, and its share of the time. */
interface Strategy {
  readonly share: number;
  readonly lemmas: boolean;
  /** Z3's arithmetic: 6 is its newer one, 2 its older one. */
  readonly arithmetic: 2 | 6;
}

/** Tried in this order: what one cannot decide, another often does at once. */
const STRATEGIES: readonly Strategy[] = [
  { share: 0.5, lemmas: true, arithmetic: 6 },
  { share: 0.25, lemmas: true, arithmetic: 2 },
  { share: 0.25, lemmas: false, arithmetic: 6 },
];

/** Strings go only into calls that return at once: their memory is freed on return. */
async function attempt(
  z3: Z3,
  script: Script,
  milliseconds: number,
  { lemmas, arithmetic }: Strategy,
): Promise<Outcome> {
  const config = z3.mk_config();
  const context = z3.mk_context(config);
  z3.del_config(config);
  try {
    const solver = z3.mk_simple_solver(context);
    z3.solver_inc_ref(context, solver);
    const params = z3.mk_params(context);
    z3.params_inc_ref(context, params);
    const set = (name: string, value: number) =>
      z3.params_set_uint(context, params, z3.mk_string_symbol(context, name), value);
    set("timeout", Math.max(1, Math.ceil(milliseconds)));
    set("arith.solver", arithmetic);
    z3.solver_set_params(context, solver, params);
    z3.solver_from_string(context, solver, lemmas ? `${script.text}\n${script.lemmas}` : script.text);
    const error = z3.get_error_code(context);
    if (error !== 0) throw new Error(`bug in mscc: the solver refuses a script: ${z3.get_error_msg(context, error)}`);
    return await outcomeOf({ z3, context, solver, script });
  } finally {
    z3.del_context(context);
  }
}

async function solve(z3: Z3, claim: Claim, milliseconds: number): Promise<Outcome> {
  const script = emitScript(claim);
  let outcome: Outcome = { kind: "unknown", reason: "time" };
  for (const strategy of STRATEGIES) {
    if (!strategy.lemmas && script.lemmas === "") continue;
    outcome = await attempt(z3, script, milliseconds * strategy.share, strategy);
    if (outcome.kind !== "unknown") return outcome;
  }
  return outcome;
}

/**
 * Loads Z3: about 35 MB of WebAssembly, ready in 0.3 s.
 * @throws SolverMissing where the package is not installed
 */
export async function loadZ3(): Promise<Solver> {
  const { init, killThreads } = await load();
  // Threads that are ended make Emscripten print to stderr; faults of Z3 are thrown.
  const { Z3, em } = await init({ printErr: () => {} });
  return {
    name: Z3.get_full_version(),
    solve: (claim, milliseconds) => solve(Z3, claim, milliseconds),
    // Threads that do not end in time are no reason to lose what was found.
    close: () => killThreads(em).catch(() => undefined),
  };
}
