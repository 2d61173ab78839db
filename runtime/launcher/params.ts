/** Checks the params of a launch against what the manifest says of them. */
import type { ManifestParam } from "../../compiler/plan/manifest.js";
import { boundsText, type Problem, problem, type Subject } from "./messages.js";

/** The value of every param, floats rounded to f32. */
export function checkParams(
  params: readonly ManifestParam[],
  given: { readonly [name: string]: number } | undefined,
  problems: Problem[],
  subject: Subject = "pattern",
): Map<string, number> {
  const known = params.map(({ name }) => name);
  for (const name of Object.keys(given ?? {})) {
    if (!known.includes(name)) problems.push(problem("param-unknown", name, known, subject));
  }
  const values = new Map<string, number>();
  for (const { name, type, min, max, default: fallback, value: compiled } of params) {
    const value = given?.[name] ?? compiled ?? fallback;
    if (value === undefined) problems.push(problem("param-missing", name));
    else if (type === "int" && (value | 0) !== value) problems.push(problem("param-not-integer", name, value));
    else if (!Number.isFinite(Math.fround(value))) problems.push(problem("param-not-finite", name, value));
    else if (value < (min ?? value) || value > (max ?? value)) {
      problems.push(problem("param-out-of-bounds", name, value, boundsText(min, max)));
    } else if (compiled !== undefined && value !== compiled) {
      problems.push(problem("param-static", name, value, compiled));
    } else values.set(name, type === "float" ? Math.fround(value) : value);
  }
  return values;
}
