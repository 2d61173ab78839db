/** Diagnostics as text: place, message, the source line with the fault underlined, notes, help. */
import type { Diagnostic, Where } from "./diagnostic.js";

export interface RenderOptions {
  /** Whether to colour with terminal escapes. */
  readonly color: boolean;
}

type Paint = (text: string) => string;

interface Paints {
  readonly place: Paint;
  readonly severity: Paint;
  readonly dim: Paint;
  readonly help: Paint;
}

const painted =
  (codes: string): Paint =>
  (text) =>
    `\u001b[${codes}m${text}\u001b[0m`;
const plain: Paint = (text) => text;

function paintsOf(diagnostic: Diagnostic, { color }: RenderOptions): Paints {
  if (!color) return { place: plain, severity: plain, dim: plain, help: plain };
  const severity = painted(diagnostic.severity === "error" ? "1;31" : "1;33");
  return { place: painted("36"), severity, dim: painted("90"), help: painted("32") };
}

/** Text of the user's files may hold terminal escapes: they are shown, not obeyed. */
const printable = (text: string) => text.replace(/(?![\t\n])\p{Cc}/gu, "\ufffd");

/** Tabs stay tabs under the line, so that the marks stand below what they mark at any tab width. */
const blank = (text: string) => text.replace(/[^\t]/g, " ");

function frameOf(where: Where, paints: Paints): string[] {
  const number = String(where.line);
  const before = blank(where.source.slice(0, where.column - 1));
  const room = Math.max(1, where.source.length - where.column + 1);
  const marks = "^".repeat(Math.max(1, Math.min(where.length, room)));
  return [
    "",
    `${paints.dim(`${number} |`)} ${printable(where.source)}`,
    `${paints.dim(`${" ".repeat(number.length)} |`)} ${before}${paints.severity(marks)}`,
  ];
}

const indent = (text: string) => printable(text).replace(/\n/g, "\n    ");

/** One diagnostic, without a newline at the end. */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): string {
  const paints = paintsOf(diagnostic, options);
  const { where } = diagnostic;
  const place = where ? `${paints.place(printable(`${where.file}:${where.line}:${where.column}`))} - ` : "";
  return [
    `${place}${paints.severity(diagnostic.severity)} ${paints.dim(`${diagnostic.code}:`)} ${printable(diagnostic.message)}`,
    ...(where ? frameOf(where, paints) : []),
    ...diagnostic.notes.map((note) => `  ${paints.dim("note:")} ${indent(note)}`),
    ...(diagnostic.help === undefined ? [] : [`  ${paints.help("help:")} ${indent(diagnostic.help)}`]),
  ].join("\n");
}

/** All diagnostics with a count of the errors and warnings, ended by a newline; empty where there is none. */
export function renderAll(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  if (diagnostics.length === 0) return "";
  const count = (severity: string, word: string) => {
    const found = diagnostics.filter((each) => each.severity === severity).length;
    return found === 0 ? [] : [`${found} ${word}${found === 1 ? "" : "s"}`];
  };
  const summary = [...count("error", "error"), ...count("warning", "warning")].join(", ");
  return `${[...diagnostics.map((each) => renderDiagnostic(each, options)), summary].join("\n\n")}\n`;
}
