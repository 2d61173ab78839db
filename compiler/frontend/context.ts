/** What reading one declaration carries along: how to report, what was visited, the params, the calls that led here. */
import { type Expression, Node } from "ts-morph";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { type Code, diagnose, type Facts } from "../diagnostics/messages.js";
import { type Expr, operands } from "../ir/expression.js";
import type { PatternParam, Place } from "../plan/pattern.js";
import type { Reduction } from "../plan/tensor.js";
import { type PathNamer, placeOf, type Span, spanOf, whereOf } from "./places.js";
import { FAULT, type FunctionNode, type FunctionValue, type Mode, newScope, type Scope, type Value } from "./values.js";

/** A diagnostic and where it stands: there TypeScript need not report again. */
export interface Report {
  readonly diagnostic: Diagnostic;
  readonly span: Span;
  /** Further stretches whose own message TypeScript need not give. */
  readonly covers: readonly Span[];
  readonly code: Code;
}

/** What one run of the reader shares between the declarations that it reads. */
export interface Session {
  readonly nameOf: PathNamer;
  /** The folder of the language: what is declared there is an intrinsic. */
  readonly languageFolder: string;
  readonly reports: Report[];
  readonly reported: Set<string>;
  /** How often something was reported, the same fault at the same place included. */
  readonly faults: { count: number };
  /** Statements at the top of modules that the declarations depend on. */
  readonly visited: Set<Node>;
  /** Values of constants at the top of modules; `busy` while one is computed. */
  readonly constants: Map<Node, Value | "busy">;
  readonly moduleScope: Scope;
  readonly evaluate: (node: Expression, scope: Scope, context: Context) => Value;
}

export interface Frame {
  readonly callee: FunctionNode;
  readonly call: Node;
}

/** What `sum`, `mean` and `max` made so far. */
export interface Reductions {
  readonly made: Reduction[];
  /** Number of the next one: names are given before bodies are read. */
  next: number;
}

export interface Context {
  readonly session: Session;
  readonly mode: Mode;
  /** Inlined calls, outermost first. */
  readonly frames: readonly Frame[];
  /** The functions whose calls the code that is read stands in; not those that were only given it. */
  readonly within: readonly FunctionValue[];
  readonly params: ReadonlyMap<string, PatternParam>;
  readonly texts: Map<Expr, { readonly text: string; readonly place: Place }>;
  /** Expressions whose integer parts have their text. */
  readonly recorded: Set<Expr>;
  /** Whether an operation is read, which may hold reductions. */
  readonly reduces: boolean;
  /** Reductions of the operation that is read, in order; shared by all copies of the context. */
  readonly reductions: Reductions;
  /** Calls that may still be inlined; shared by all copies of the context. */
  readonly fuel: { left: number };
}

export function newSession(options: Pick<Session, "nameOf" | "languageFolder" | "evaluate">): Session {
  return {
    ...options,
    reports: [],
    reported: new Set(),
    faults: { count: 0 },
    visited: new Set(),
    constants: new Map(),
    moduleScope: newScope(),
  };
}

const CALLS = 20_000;

export const newContext = (session: Session): Context => ({
  session,
  mode: "module",
  frames: [],
  within: [],
  params: new Map(),
  texts: new Map(),
  recorded: new Set(),
  reduces: false,
  reductions: { made: [], next: 0 },
  fuel: { left: CALLS },
});

/** For a function of a declaration, which nothing of the user's calls. */
export const outsideCalls = <C extends Context>(context: C): C => ({ ...context, frames: [], within: [] });

/** The calls between the declaration and a fault; `attend` and `score` themselves are not called by the user. */
const callNotes = ({ frames, mode, session }: Context) =>
  frames
    .slice(mode === "module" ? 0 : 1)
    .slice(-3)
    .reverse()
    .map(({ call }) => {
      const { file, line, column } = placeOf(call, session.nameOf);
      return `called from ${file}:${line}:${column}`;
    });

/** Reports a fault at a node, once per place, and gives the silent value that stands for it from here on. */
export function report<C extends Code>(
  context: Context,
  code: C,
  facts: Facts<C>,
  node: Node,
  covers: readonly (Node | undefined)[] = [],
): Value {
  const { session } = context;
  session.faults.count++;
  const span = spanOf(node);
  const key = `${code} ${span.file.getFilePath()} ${span.start}`;
  if (!session.reported.has(key)) {
    session.reported.add(key);
    const diagnostic = diagnose(code, facts, whereOf(span, session.nameOf), callNotes(context));
    session.reports.push({ diagnostic, code, span, covers: covers.filter((each) => each !== undefined).map(spanOf) });
  }
  return FAULT;
}

/** The statement at the top of a module that holds a node. */
export function topStatement(node: Node): Node {
  let each = node;
  for (let parent = each.getParent(); parent && !Node.isSourceFile(parent); parent = each.getParent()) each = parent;
  return each;
}

export const visit = (context: Context, node: Node): void => {
  context.session.visited.add(topStatement(node));
};

/** The text of a node on one line, shortened. Only its beginning is looked at: nodes nest. */
export function textOf(node: Node): string {
  const start = node.getStart();
  const source = node.getSourceFile().getFullText();
  const text = source.slice(start, Math.min(node.getEnd(), start + 400)).replace(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Remembers the source of the integer arithmetic in an expression, for messages about overflow. */
export function recordText(context: Context, root: Expr, node: Node): void {
  const { recorded, texts, session } = context;
  if (recorded.has(root)) return;
  const entry = { text: textOf(node), place: placeOf(node, session.nameOf) };
  const record = (e: Expr): void => {
    if (recorded.has(e)) return;
    recorded.add(e);
    if (e.type === "int" && e.kind !== "const" && e.kind !== "var") texts.set(e, entry);
    operands(e).forEach(record);
  };
  record(root);
}
