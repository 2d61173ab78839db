/** One run of `mscc prove`: reads the patterns, asks, and shows each answer. */
import { wgslTarget } from "../../backends/wgsl/index.js";
import { compileAttention } from "../../compiler/compile.js";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { Pattern } from "../../compiler/plan/pattern.js";
import type { Subject } from "../../compiler/proof/questions.js";
import { setValues } from "../arguments/params.js";
import { readNamed } from "../declared.js";
import { showDiagnostics } from "../faults.js";
import { line, type Session, wantsColor } from "../io.js";
import { throwAny } from "../messages.js";
import { answer, EXIT_CODE, type Found, worstOf } from "./answer.js";
import { type Asked, type Asking, othersOf, questionsOf } from "./asking.js";
import { answerData, translationData } from "./data.js";
import { answerLines, type Paint, translationLines } from "./report.js";
import { type SparingSolver, withSolver } from "./solver.js";
import { translationOf } from "./translation.js";

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

/** The questions, or the check of the translation where there are none. */
function workOf({ subject, asked }: Task, request: ProveRequest, session: Session) {
  const paint = painter(session);
  const { milliseconds } = request;
  if (asked.length === 0) {
    const { pattern, constants } = subject;
    const { plan, warnings } = compileAttention(pattern, { target: wgslTarget, constants });
    showDiagnostics(warnings, session);
    return [
      async (solver: SparingSolver): Promise<Shown> => {
        const found = await translationOf(plan, solver, milliseconds, session.io);
        const { name } = pattern;
        return {
          verdict: found.verdict,
          lines: translationLines(name, found, paint),
          data: translationData(name, found),
        };
      },
    ];
  }
  return asked.map((each) => async (solver: SparingSolver): Promise<Shown> => {
    const found = await answer(each.question, solver, milliseconds, session.io);
    return { verdict: found.verdict.kind, lines: answerLines(each, found, paint), data: answerData(each, found) };
  });
}

/** Sets the exit code: that of the worst answer. @throws UserError where something cannot be asked */
export async function prove(request: ProveRequest, session: Session): Promise<void> {
  const { file, format, cache } = request;
  const { stdout } = session.io;
  const task = await taskOf(request, session);
  const work = workOf(task, request, session);
  const shown = await withSolver(session, cache, async (solver) => {
    const answers: Shown[] = [];
    for (const each of work) {
      const given = await each(solver);
      if (format === "text")
        for (const text of [...(answers.length > 0 ? [""] : []), ...given.lines]) line(stdout, text);
      answers.push(given);
    }
    return answers;
  });
  const exitCode = EXIT_CODE[worstOf(shown.map(({ verdict }) => verdict))];
  session.exitWith(exitCode);
  if (format === "text") return;
  const variant = task.subject.pattern.name;
  line(stdout, JSON.stringify({ file, variant, answers: shown.map(({ data }) => data), exitCode }, null, 2));
}
