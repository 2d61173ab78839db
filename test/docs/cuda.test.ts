/** docs/cuda.md is true: its programs compile or run, and it has every message of the C side and of the PyTorch module. */
import { expect, test } from "vitest";
import { codes, shownText, statusOf } from "../../backends/cuda/host/messages.js";
import { PYTHON_CHECKS } from "../../backends/cuda/host/python-checks.js";
import { PYTHON_LIBRARY } from "../../backends/cuda/host/python-library.js";
import { textOf } from "./blocks.js";

const document = textOf("docs/cuda.md");

/** The rows of the table behind a mark. */
function rowsOf(mark: string): string[] {
  const [, table = ""] = new RegExp(`<!-- codes: ${mark} -->\\n((?:\\|.*\\n)+)`).exec(document) ?? [];
  return table.trimEnd().split("\n").slice(2);
}

/** Neither quotes nor bars end a cell. */
const cell = (text: string) => text.replaceAll("|", "\\|");

test("every message of the C side", () => {
  const rows = codes.map((code) => `| \`${code}\` | ${statusOf(code)} | ${cell(shownText(code))} |`);
  expect(rowsOf("cuda")).toEqual(rows);
});

test("every message of the PyTorch module", () => {
  const raised = /(_invalid|raise (RuntimeError))\((?=f?")((?:\s*f?"[^"]*")+)(?:, (\w+))?/g;
  const rows = [...`${PYTHON_CHECKS}\n${PYTHON_LIBRARY}`.matchAll(raised)].map(([, , failure, texts = "", kind]) => {
    const text = [...texts.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join("");
    const shown = text
      .replace(/\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, "…")
      .replace(/^mscc …: /, "")
      .replaceAll("\\n", " ");
    return `| \`${failure ?? kind ?? "ValueError"}\` | ${cell(shown)} |`;
  });
  expect(rows.length).toBeGreaterThan(10);
  expect(rowsOf("python")).toEqual(rows);
});
