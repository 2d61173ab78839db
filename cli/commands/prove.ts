/** `mscc prove`: questions about patterns, answered for every grid; without one, whether the kernels do what is declared. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { timeLimit } from "../arguments/assignments.js";
import { checkFormat } from "../arguments/choices.js";
import { repeated } from "../arguments/repeated.js";
import type { Session } from "../io.js";
import { throwAny } from "../messages.js";
import type { Asking } from "../prove/asking.js";

interface Options extends Asking {
  readonly set: readonly string[];
  readonly timeLimit: string;
  readonly cache: boolean;
  readonly format: string;
}

const EXAMPLE = `
Answers hold for every grid, every query and key, and all params and tables within what is declared of them. "proved"
is certain, "refuted" shows a counterexample, "unknown" is neither, with what may help. Questions about two patterns
compare \`attend\` alone. Another pattern is a name of the same file, or file.ts#name; params and tables of one name
are one. Without a question, it is proved that the kernels compute what the pattern declares: every pair that attends
is visited exactly once.

Exit codes: 0 all is proved, 1 something is refuted (or an error in what was given), 3 nothing is refuted and something
is unknown. With --format json: { file, variant, answers: [{ question, verdict, ... }], diagnostics, exitCode }.

Examples:
  mscc prove patterns.ts lightCone --causal t --nonempty
  mscc prove patterns.ts lightCone --within others.ts#localWindow --set speed=0
  mscc prove patterns.ts lightCone`;

/** What the options say without knowing the patterns. */
function generalOf(options: Options) {
  const problems: Diagnostic[] = [];
  checkFormat(options.format, problems);
  const milliseconds = timeLimit(options.timeLimit, problems);
  throwAny(problems);
  return { milliseconds };
}

export function proveCommand(program: Command, session: Session): void {
  program
    .command("prove")
    .description("answer questions about a pattern by proof or counterexample, for every grid")
    .argument("<file>", "a TypeScript file that exports patterns")
    .argument("[variant]", "name of an export; needed where the file has several")
    .addOption(repeated("--causal <axis>", "is no key of a later position of this axis ever seen?"))
    .option("--nonempty", "does every query see a key?")
    .addOption(repeated("--within <other>", "does every pair that attends attend in the other pattern?"))
    .addOption(repeated("--equals <other>", "have both patterns the same pairs?"))
    .addOption(repeated("--disjoint <other>", "is there no pair that attends in both patterns?"))
    .addOption(repeated("--set <name=value>", "ask for one value of a param; repeat for several"))
    .option("--time-limit <seconds>", "for each attempt at a proof, and each search for a counterexample", "10")
    .option("--no-cache", "prove again what was proved before")
    .option("--format <format>", "text, or json on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (file: string, variant: string | undefined, options: Options) => {
      const general = generalOf(options);
      const { prove } = await import("../prove/prove.js");
      await prove({ file, variant, ...options, ...general }, session);
    });
}
