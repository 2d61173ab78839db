/** Pieces of Python text: lists, docstrings, signatures on as many lines as they need. */
import type { ManifestParam } from "../../../compiler/plan/manifest.js";
import { oneLine } from "./variant.js";

export const list = (items: readonly string[]) => `[${items.join(", ")}]`;
/** A JSON string is a Python string too. */
export const quoted = (items: readonly string[]) => list(items.map((item) => JSON.stringify(item)));
/** What stands in a docstring must not end it. */
export const inDoc = (text: string) => oneLine(text).replaceAll("\\", "\\\\").replaceAll('"""', "'''");
const pythonFloat = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));
export const literal = ({ type }: ManifestParam, value: number) =>
  type === "int" ? String(value) : pythonFloat(value);

export const tupleOf = (names: readonly string[]) => `(${names.map((name) => `${name},`).join(" ")})`;

const WIDTH = 120;

/** Items between an opening and a closing part, on as many lines as they need; `open` holds the indentation. */
export function filled(
  open: string,
  items: readonly string[],
  close: string,
  piece?: (line: string) => string,
): string {
  const indent = " ".repeat(open.search(/\S/) + 4);
  const whole = `${open}${items.join(", ")}${close}`;
  if (whole.length <= WIDTH) return whole;
  const lines: string[] = [];
  for (const [i, item] of items.entries()) {
    const text = i === items.length - 1 ? item : `${item}, `;
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length + indent.length + 4 <= WIDTH)
      lines[lines.length - 1] = last + text;
    else lines.push(text);
  }
  const [start, end] = [open.trimEnd(), close];
  if (!piece) return `${start}\n${lines.map((line) => indent + line.trimEnd()).join("\n")},\n${indent.slice(4)}${end}`;
  // Parts of one string: the quotes of the opening and the closing part go round the first and the last of them.
  const [before, after] = [open.slice(open.indexOf('"') + 1), close.slice(0, close.lastIndexOf('"'))];
  const texts = lines.map((line, i) => (i === 0 ? before : "") + line + (i === lines.length - 1 ? after : ""));
  return `${open.slice(0, open.indexOf('"'))}(\n${texts.map((text) => indent + piece(text)).join("\n")}\n${indent.slice(4)}),`;
}
