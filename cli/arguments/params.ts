/** Values of params on the command line, checked against their declarations. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern, PatternParam } from "../../compiler/plan/pattern.js";
import { tell } from "../messages.js";
import { assignments, numberOf } from "./assignments.js";

type Declared = Pick<Pattern, "name" | "params">;

function boundsText({ min, max }: PatternParam): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  return min !== undefined ? `of at least ${min}` : `of at most ${max}`;
}

/** Why a value is refused, or undefined where it is not. */
function faultOf(param: PatternParam, given: string): Diagnostic | undefined {
  const { name, type, min, max } = param;
  const value = numberOf(given);
  if (Number.isNaN(value) || !Number.isFinite(Math.fround(value))) return tell("set-not-number", { name, given });
  if (type === "int" && (value | 0) !== value) return tell("set-not-integer", { name, given });
  const inside = value >= (min ?? value) && value <= (max ?? value);
  return inside ? undefined : tell("set-out-of-bounds", { name, given, bounds: boundsText(param) });
}

/** For each pattern the values that `--set` gives to its params; a name that no pattern has is a fault. */
export function setValues(
  patterns: readonly Declared[],
  texts: readonly string[],
  problems: Diagnostic[],
): ReadonlyMap<string, number>[] {
  const given = assignments("--set", texts, "name=value", problems);
  const faults = new Map<string, Diagnostic>();
  const known = [...new Set(patterns.flatMap(({ params }) => params.map(({ name }) => name)))];
  for (const name of given.keys()) {
    const names = patterns.map((pattern) => pattern.name);
    if (!known.includes(name)) faults.set(name, tell("set-unknown", { name, patterns: names, known }));
  }
  const values = patterns.map(({ params }) => {
    const own = new Map<string, number>();
    for (const param of params) {
      const text = given.get(param.name);
      if (text === undefined) continue;
      const fault = faultOf(param, text);
      if (fault) faults.set(param.name, fault);
      else own.set(param.name, numberOf(text));
    }
    return own;
  });
  problems.push(...faults.values());
  return values;
}

/** The values of a run: what is set, else the default; params with neither are reported together. */
export function runValues(pattern: Declared, set: ReadonlyMap<string, number>, problems: Diagnostic[]) {
  const missing = pattern.params.filter((param) => param.default === undefined && !set.has(param.name));
  const names = missing.map(({ name }) => name);
  if (names.length > 0) problems.push(tell("set-missing", { pattern: pattern.name, names }));
  return Object.fromEntries(
    pattern.params.map((param) => [param.name, set.get(param.name) ?? param.default ?? Number.NaN]),
  );
}
