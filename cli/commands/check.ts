/** `mscc check`: every fault of a file, and nothing else. */
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { checkFormat } from "../arguments/choices.js";
import { diagnosticsOf, showDiagnostics, userDiagnostics } from "../faults.js";
import { line, type Session } from "../io.js";
import { throwAny } from "../messages.js";

const EXAMPLE = `
Examples:
  mscc check patterns.ts
  mscc check operations.ts linear gelu
  mscc check patterns.ts lightCone --format json`;

/** `near, documents`, or both kinds with their numbers where there are tensor operations. */
function declaredText(patterns: readonly string[], operations: readonly string[]): string {
  if (operations.length === 0) return patterns.join(", ");
  const said = (names: readonly string[], what: string) =>
    names.length === 0 ? [] : [`${names.length} ${what}${names.length === 1 ? "" : "s"} (${names.join(", ")})`];
  return [...said(patterns, "pattern"), ...said(operations, "tensor operation")].join(" and ");
}

/** Reading and planning, so that a pattern that is never true is found too. */
async function findAll(file: string, variants: readonly string[], session: Session) {
  const { readDeclared } = await import("../declared.js");
  const { wgslTarget } = await import("../../backends/wgsl/index.js");
  const { compileAttention } = await import("../../compiler/compile.js");
  const { warningsOf } = await import("../tensor/kernels.js");
  const { patterns, tensors, diagnostics } = await readDeclared(file, variants, session);
  const found: Diagnostic[] = [...diagnostics];
  for (const pattern of patterns) {
    try {
      found.push(...compileAttention(pattern, { target: wgslTarget }).warnings);
    } catch (error) {
      const own = userDiagnostics(error);
      if (!own) throw error;
      found.push(...own);
    }
  }
  found.push(...tensors.flatMap(warningsOf));
  const [names, operations] = [patterns, tensors].map((all) => all.map(({ name }) => name)) as [string[], string[]];
  return { found, text: declaredText(names, operations) };
}

async function check(file: string, variants: readonly string[], format: string, session: Session): Promise<void> {
  const { found, text } = await findAll(file, variants, session).catch((error: unknown) => ({
    found: [...diagnosticsOf(error, session)],
    text: "",
  }));
  const isWrong = found.some(({ severity }) => severity === "error");
  if (isWrong) session.exitWith(1);
  if (format === "json") {
    line(session.io.stdout, JSON.stringify(found, null, 2));
    return;
  }
  showDiagnostics(found, session);
  if (!isWrong) line(session.io.stdout, `${file}: no errors in ${text}`);
}

export function checkCommand(program: Command, session: Session): void {
  program
    .command("check")
    .description("report what is wrong with the patterns and tensor operations of a file, and write nothing")
    .argument("<file>", "a TypeScript file that exports patterns or tensor operations")
    .argument("[variants...]", "names of exports; by default all that the file declares")
    .option("--format <format>", "text, or json: an array of diagnostics on stdout", "text")
    .addHelpText("after", EXAMPLE)
    .action(async (file: string, variants: readonly string[], { format }: { readonly format: string }) => {
      const problems: Diagnostic[] = [];
      checkFormat(format, problems);
      throwAny(problems);
      await check(file, variants, format, session);
    });
}
