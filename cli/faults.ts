/** What ends a command: a user's mistake becomes diagnostics, a fault of ours a report that reproduces it. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Diagnostic, UserError } from "../compiler/diagnostics/diagnostic.js";
import { renderAll } from "../compiler/diagnostics/render.js";
import { ModelError } from "../models/messages.js";
import { LaunchError, type Problem } from "../runtime/launcher/messages.js";
import { HostError } from "../runtime/messages.js";
import { type Session, wantsColor } from "./io.js";
import { tell } from "./messages.js";
import { toolVersion } from "./tool.js";

export const diagnosticOf = ({ code, message, help }: Problem): Diagnostic => ({
  code,
  severity: "error",
  message,
  notes: [],
  ...(help === undefined ? {} : { help }),
});

/** The diagnostics of an error that is the user's; undefined for any other. */
export function userDiagnostics(error: unknown): readonly Diagnostic[] | undefined {
  if (error instanceof UserError) return error.diagnostics;
  if (error instanceof LaunchError || error instanceof HostError || error instanceof ModelError)
    return error.problems.map(diagnosticOf);
  return undefined;
}

/** All that is needed to see a fault of ours again: versions, command line, stack, the sources named. */
function reportOf(error: unknown, { argv, io }: Session): string {
  const sources = argv.filter((each) => /\.[cm]?tsx?$/.test(each) && existsSync(resolve(io.cwd, each)));
  return [
    `mscc ${toolVersion()}, Node ${process.version}, ${process.platform} ${process.arch}`,
    `command: mscc ${argv.map((each) => (/^[\w./=,:@-]+$/.test(each) ? each : JSON.stringify(each))).join(" ")}`,
    "",
    error instanceof Error ? (error.stack ?? String(error)) : String(error),
    ...sources.flatMap((each) => ["", `--- ${each} ---`, readFileSync(resolve(io.cwd, each), "utf8")]),
    "",
  ].join("\n");
}

function saveReport(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const path = join(tmpdir(), `mscc-bug-${hash}.txt`);
  try {
    writeFileSync(path, text);
    return path;
  } catch {
    return `(the report could not be written to ${path})\n${text}`;
  }
}

export function showDiagnostics(diagnostics: readonly Diagnostic[], { io }: Pick<Session, "io">): void {
  if (diagnostics.length > 0) io.stderr.write(renderAll(diagnostics, { color: wantsColor(io) }));
}

/** The diagnostics to show for any error; a fault of ours is saved first. */
export function diagnosticsOf(error: unknown, session: Session): readonly Diagnostic[] {
  const known = userDiagnostics(error);
  if (known) return known;
  const reason = error instanceof Error ? error.message : String(error);
  return [tell("internal", { reason, report: saveReport(reportOf(error, session)) })];
}
