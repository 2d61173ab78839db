/** Options -> questions about a pattern, and everything that keeps one of them from being asked. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Domain } from "../../compiler/proof/premises.js";
import type { Question } from "../../compiler/proof/question.js";
import {
  domainOfBoth,
  isCausal,
  isDisjoint,
  isEqual,
  isNonempty,
  isWithin,
  mismatchOf,
  type Subject,
} from "../../compiler/proof/questions.js";
import { tell } from "../messages.js";
import { axesText, tableText } from "./wording.js";

/** The relation of two patterns that an option asks about. */
const RELATIONS = { within: isWithin, equals: isEqual, disjoint: isDisjoint } as const;
type Relation = keyof typeof RELATIONS;

export interface Asking {
  readonly causal: readonly string[];
  readonly nonempty?: boolean;
  readonly within: readonly string[];
  readonly equals: readonly string[];
  readonly disjoint: readonly string[];
}

/** Another pattern that an option names: `name`, or `file.ts#name`. */
export interface Other {
  readonly relation: Relation;
  readonly given: string;
  readonly file: string;
  readonly variant: string;
}

/** One question as it was asked, with the patterns that it is about. */
export interface Asked {
  readonly kind: "causal" | "nonempty" | Relation;
  readonly axis?: string;
  readonly other?: string;
  readonly subjects: readonly [Subject] | readonly [Subject, Subject];
  readonly question: Question;
}

/** The other patterns that are named, in the order in which they are asked about. */
export function othersOf(options: Asking, file: string, problems: Diagnostic[]): Other[] {
  return (Object.keys(RELATIONS) as Relation[]).flatMap((relation) =>
    options[relation].map((given) => {
      const at = given.lastIndexOf("#");
      const [path, variant] = [given.slice(0, Math.max(at, 0)), given.slice(at + 1)];
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(variant)) {
        problems.push(tell("prove-other", { option: `--${relation}`, given }));
      }
      return { relation, given, file: path || file, variant };
    }),
  );
}

/** What keeps two patterns from being compared, or makes every answer about them empty. */
function faultOf(a: Subject, b: Subject): Diagnostic | undefined {
  const patterns = [a.pattern.name, b.pattern.name] as const;
  const mismatch = mismatchOf(a.pattern, b.pattern);
  if (mismatch?.kind === "axes") {
    const axes = [axesText(a.pattern.axes), axesText(b.pattern.axes)] as const;
    return tell("prove-axes-differ", { patterns, axes });
  }
  if (mismatch) {
    const { kind: what, name } = mismatch;
    const declared = ({ params, tables }: Pattern): string => {
      const table = tables.find((each) => each.name === name);
      return what === "table" && table ? tableText(table) : `${params.find((each) => each.name === name)?.type}`;
    };
    return tell("prove-one-name", { what, name, patterns, declared: [declared(a.pattern), declared(b.pattern)] });
  }
  const empty = emptyOf(domainOfBoth(a, b));
  return empty && tell("prove-no-value", { ...empty, patterns });
}

/** A param or table that is left without a value where the bounds of two declarations are taken together. */
function emptyOf({ params, tables }: Domain): { readonly what: string; readonly name: string } | undefined {
  const isEmpty = ({ min, max }: { readonly min?: number; readonly max?: number }) =>
    min !== undefined && max !== undefined && min > max;
  const [param, table] = [params.find(isEmpty), tables.find(isEmpty)];
  if (param) return { what: "param", name: param.name };
  return table && { what: "table", name: table.name };
}

/** Every question that can be asked; what is wrong with the others goes to `problems`. */
export function questionsOf(
  subject: Subject,
  options: Asking,
  others: readonly (Other & { readonly subject: Subject })[],
  problems: Diagnostic[],
): Asked[] {
  const { name, axes } = subject.pattern;
  const both = axes.query.filter((axis) => axes.key.includes(axis));
  const causal = options.causal.flatMap((axis): Asked[] => {
    if (both.includes(axis)) return [{ kind: "causal", axis, subjects: [subject], question: isCausal(subject, axis) }];
    problems.push(tell("prove-axis", { axis, pattern: name, axes: both }));
    return [];
  });
  const nonempty: Asked[] = options.nonempty
    ? [{ kind: "nonempty", subjects: [subject], question: isNonempty(subject) }]
    : [];
  const compared = others.flatMap(({ relation, given, subject: other }): Asked[] => {
    const fault = faultOf(subject, other);
    if (!fault)
      return [
        { kind: relation, other: given, subjects: [subject, other], question: RELATIONS[relation](subject, other) },
      ];
    problems.push(fault);
    return [];
  });
  return [...causal, ...nonempty, ...compared];
}
