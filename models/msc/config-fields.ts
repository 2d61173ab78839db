/** Reads the fields of unknown data by name; every fault is reported with the path of the field, and reading goes on. */
import type { Problem } from "../messages.js";
import { configProblem, type Expected } from "./config-messages.js";

export type Report = (problem: Problem) => void;

/** An object of the configuration, and where it stands in it. */
export interface Fields {
  /** Such as `layers[2].branches[0]`; empty for the configuration itself. */
  readonly path: string;
  readonly values: { readonly [name: string]: unknown };
  readonly report: Report;
}

export const pathOf = ({ path }: Pick<Fields, "path">, name: string): string =>
  path === "" ? name : `${path}.${name}`;

const LONGEST = 40;

/** What was found, in few words. */
export function foundText(given: unknown): string {
  if (typeof given === "string") {
    return given.length > LONGEST ? `a string of ${given.length} characters` : JSON.stringify(given);
  }
  if (Array.isArray(given)) return "a list";
  if (given === null || typeof given !== "object") return typeof given === "function" ? "a function" : String(given);
  return "an object";
}

function isRecord(given: unknown): given is { readonly [name: string]: unknown } {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** The fields of an object with these names; undefined where there is no object. */
export function fieldsOf(
  given: unknown,
  path: string,
  { known, example }: { readonly known: readonly string[]; readonly example: string },
  report: Report,
): Fields | undefined {
  if (!isRecord(given)) {
    report(
      configProblem("config-value", path === "" ? "the configuration" : path, foundText(given), {
        what: `an object, ${example}`,
      }),
    );
    return undefined;
  }
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) report(configProblem("config-unknown", pathOf({ path }, name), name, known));
  }
  return { path, values: given, report };
}

export const isGiven = ({ values }: Fields, name: string): boolean =>
  Object.hasOwn(values, name) && values[name] !== undefined;

/** The value of a field; undefined, and reported, where it is missing. */
export function required(fields: Fields, name: string, expected: Expected): unknown {
  if (isGiven(fields, name)) return fields.values[name];
  fields.report(configProblem("config-missing", pathOf(fields, name), name, expected));
  return undefined;
}

export interface NumberRule {
  readonly isWhole: boolean;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Value where the field is missing; without it the field is required. */
  readonly fallback?: number | undefined;
  readonly help?: string;
}

function rangeText({ isWhole, min, max }: NumberRule): string {
  const what = isWhole ? "a whole number" : "a number";
  if (min !== undefined && max !== undefined) return min === max ? String(min) : `${what} from ${min} to ${max}`;
  if (min !== undefined) return `${what} of at least ${min}`;
  return max === undefined ? what : `${what} of at most ${max}`;
}

/** A number of a field, NaN where it is not what the rule asks for, which is reported. */
export function numberAt(fields: Fields, name: string, rule: NumberRule): number {
  const { isWhole, min, max, fallback, help } = rule;
  const expected = { what: rangeText(rule), ...(help === undefined ? {} : { help }) };
  if (!isGiven(fields, name) && fallback !== undefined) return fallback;
  const given = required(fields, name, expected);
  if (given === undefined) return Number.NaN;
  const suits =
    typeof given === "number" &&
    (isWhole ? Number.isInteger(given) : Number.isFinite(Math.fround(given))) &&
    given >= (min ?? given) &&
    given <= (max ?? given);
  if (suits) return given;
  const isLarge = typeof given === "number" && Number.isFinite(given) && !Number.isFinite(Math.fround(given));
  if (isLarge && max === undefined) expected.what += " that an f32 holds";
  const isQuoted = typeof given === "string" && given.trim() !== "" && Number.isFinite(Number(given));
  const hint = isQuoted ? { help: "write it without quotes" } : {};
  fields.report(configProblem("config-value", pathOf(fields, name), foundText(given), { ...expected, ...hint }));
  return Number.NaN;
}

/** The entries of a list with their paths; undefined where there is no list. */
export function listAt(fields: Fields, name: string, expected: Expected): [entry: unknown, path: string][] | undefined {
  const given = required(fields, name, expected);
  if (given === undefined) return undefined;
  const path = pathOf(fields, name);
  if (Array.isArray(given)) return given.map((entry: unknown, i) => [entry, `${path}[${i}]`]);
  fields.report(configProblem("config-value", path, foundText(given), expected));
  return undefined;
}
