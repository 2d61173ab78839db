/** One run of `mscc prove`: reads the patterns, asks, and shows each answer. */
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Subject } from "../../compiler/proof/questions.js";
import { setValues } from "../arguments/params.js";
import { readNamed } from "../declared.js";
import { diagnosticsOf, showDiagnostics } from "../faults.js";
import { line, type Session, wantsColor } from "../io.js";
import { throwAny } from "../messages.js";
import { answer, EXIT_CODE, type Found, worstOf } from "./answer.js";
import { type Asked, type Asking, othersOf, questionsOf } from "./asking.js";
import { answerData, translationData } from "./data.js";
import { expectLaunches } from "./launches.js";
import { answerLines, type Paint } from "./report.js";
import { domainOfSubjects } from "./scope.js";
import { type SparingSolver, withSolver } from "./solver.js";
import { translationOf } from "./translation.js";
import { translationLines } from "./translation-report.js";

export interface ProveRequest extends Asking {
  readonly file: string;
  readonly variant: string | undefined;
  readonly set: readonly string[];
  readonly milliseconds: number;
  readonly cache: boolean;
  readonly format: string;
}

/** The pattern and the questions about it. */
interface Task {
  readonly subject: Subject;
  readonly asked: readonly Asked[];
}

/** A pattern of another file is called by its file too. */
const titled = (pattern: Pattern, given: string): Pattern =>
  given.includes("#") ? { ...pattern, name: given } : pattern;

async function taskOf(request: ProveRequest, session: Session): Promise<Task> {
  const { file, variant } = request;
  const problems: Diagnostic[] = [];
  const others = othersOf(request, file, problems);
  throwAny(problems);
  const patterns = await readNamed("prove", [{ file, variant }, ...others], session);
  const constants = setValues(patterns, request.set, problems);
  throwAny(problems);
  const [subject, ...more] = patterns.map((pattern, i): Subject => {
    const other = others[i - 1];
    const own = other ? titled(pattern, other.given) : pattern;
    return { pattern: own, constants: constants[i] ?? new Map<string, number>() };
  });
  const named = others.map((other, i) => ({ ...other, subject: more[i] as Subject }));
  const asked = questionsOf(subject as Subject, request, named, problems);
  throwAny(problems);
  return { subject: subject as Subject, asked };
}

/** What is shown of one answer, as lines and as data. */
interface Shown {
  readonly verdict: Found;
  readonly lines: readonly string[];
  readonly data: object;
}

const CODES = { proved: "1;32", refuted: "1;31", unknown: "1;33" } as const;

const painter = ({ io }: Session): Paint =>
  wantsColor(io, io.stdout) ? (text, kind) => `\u001b[${CODES[kind]}m${text}\u001b[0m` : (text) => text;

/** The questions, or the check of the translation where there are none; warnings go to `warned`. */
function workOf({ subject, asked }: Task, { milliseconds }: ProveRequest, session: Session, warned: Diagnostic[]) {
  const paint = painter(session);
  if (asked.length === 0) {
    const { pattern, constants } = subject;
    const { plan, warnings } = compileAttention(pattern, { target: wgslTarget, constants });
    warned.push(...warnings);
    return [
      async (solver: SparingSolver): Promise<Shown> => {
        const found = await translationOf(plan, solver, milliseconds, session.io);
        return { verdict: found.verdict, lines: translationLines(found, paint), data: translationData(found) };
      },
    ];
  }
  return asked.map((each) => async (solver: SparingSolver): Promise<Shown> => {
    const names = each.subjects.map(({ pattern }) => pattern.name);
    await expectLaunches(domainOfSubjects(each.subjects), names, solver, milliseconds);
    const found = await answer(each.question, solver, milliseconds, session.io);
    return { verdict: found.verdict.kind, lines: answerLines(each, found, paint), data: answerData(each, found) };
  });
}

/** Takes what is found, as soon as it is there. */
interface Listener {
  /** The pattern's name, and what is odd about it. */
  readonly begin: (variant: string, warnings: readonly Diagnostic[]) => void;
  readonly show: (shown: Shown) => void;
}

/**
 * Answers all questions.
 * @returns the exit code: that of the worst answer
 * @throws UserError where something cannot be asked
 */
async function answerAll(request: ProveRequest, session: Session, { begin, show }: Listener): Promise<number> {
  const task = await taskOf(request, session);
  const warnings: Diagnostic[] = [];
  const work = workOf(task, request, session, warnings);
  begin(task.subject.pattern.name, warnings);
  return withSolver(session, request.cache, async (solver) => {
    const found: Found[] = [];
    for (const each of work) {
      const given = await each(solver);
      show(given);
      found.push(given.verdict);
    }
    return EXIT_CODE[worstOf(found)];
  });
}

async function proveAsText(request: ProveRequest, session: Session): Promise<void> {
  let isFirst = true;
  const exitCode = await answerAll(request, session, {
    begin: (_, warnings) => showDiagnostics(warnings, session),
    show: ({ lines }) => {
      for (const text of isFirst ? lines : ["", ...lines]) line(session.io.stdout, text);
      isFirst = false;
    },
  });
  session.exitWith(exitCode);
}

/** What keeps the questions from being answered is part of the data. */
async function proveAsData(request: ProveRequest, session: Session): Promise<void> {
  const { file } = request;
  let { variant } = request;
  const answers: object[] = [];
  const diagnostics: Diagnostic[] = [];
  const listener: Listener = {
    begin: (name, warnings) => {
      variant = name;
      diagnostics.push(...warnings);
    },
    show: ({ data }) => answers.push(data),
  };
  const exitCode = await answerAll(request, session, listener).catch((error: unknown) => {
    diagnostics.push(...diagnosticsOf(error, session));
    return 1;
  });
  session.exitWith(exitCode);
  line(session.io.stdout, JSON.stringify({ file, variant, answers, diagnostics, exitCode }, null, 2));
}

/** Sets the exit code. @throws UserError where something cannot be asked, unless that is shown as data */
export const prove = (request: ProveRequest, session: Session): Promise<void> =>
  request.format === "json" ? proveAsData(request, session) : proveAsText(request, session);
