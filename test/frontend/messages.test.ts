/**
 * Every message as its whole text. `messages/*.txt` holds sections: a line `=== code`, perhaps `names: a, b` to ask for,
 * the source (or `--- attend`, an attend alone; `--- file name`, another file), and behind `--- says` what is said.
 * `UPDATE=1 npx vitest run test/frontend/messages.test.ts` writes what is said now: read the difference.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diagnose, messages } from "../../compiler/diagnostics/messages.js";
import { renderDiagnostic } from "../../compiler/diagnostics/render.js";
import { attending, HEAD, said } from "./sources.js";

interface Section {
  readonly title: string;
  readonly head: string;
  readonly expected: string;
  readonly said: () => string;
}

function sectionOf(text: string): Section {
  const [head = "", expected = ""] = text.split(/^--- says\n/m);
  const [title = ""] = head.split("\n", 1);
  const [main = "", ...parts] = head.slice(title.length + 1).split(/^--- /m);
  const names = /^names: (.*)\n/.exec(main)?.[1]?.split(", ");
  const body = main.replace(/^names: .*\n/, "");
  let source = body.trim() === "" ? "" : HEAD + body;
  const files: Record<string, string> = {};
  for (const part of parts) {
    const [label = ""] = part.split("\n", 1);
    const content = part.slice(label.length + 1);
    if (label === "attend") source = attending(content.trim());
    else files[label.replace("file ", "")] = content;
  }
  return { title, head, expected: expected.trim(), said: () => said(source, files, { names }).trim() };
}

const folder = join(import.meta.dirname, "messages");
const books = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), "utf8");
  return { path: join(folder, name), sections: text.split(/^=== /m).slice(1).map(sectionOf) };
});

for (const { path, sections } of books) {
  if (process.env.UPDATE === "1") {
    const written = sections.map(({ head, said }) => `=== ${head}--- says\n${said()}\n`);
    writeFileSync(path, written.join("\n"));
  }
  for (const { title, expected, said } of sections) {
    test(title, () => {
      const text = said();
      if (process.env.UPDATE !== "1") expect(text).toBe(expected);
      const code = title.split(" ")[0];
      expect(text).toMatch(new RegExp(`(?:error|warning) ${code}: `));
    });
  }
}

/** Messages that the frontend does not give itself: those of the analysis. */
const others = [
  diagnose("never-true", { name: "near", reason: "`k.t > q.t` and `k.t <= q.t` exclude each other" }),
  diagnose("always-true", { name: "near" }),
];

test("messages of the analysis", () => {
  expect(others.map((each) => renderDiagnostic(each, { color: false })).join("\n\n")).toMatchInlineSnapshot(`
    "error never-true: 'near' is never true: no query sees any key
      note: \`k.t > q.t\` and \`k.t <= q.t\` exclude each other

    warning always-true: 'near' is always true: this is dense attention"
  `);
});

test("every message has a section", () => {
  const covered = new Set([
    ...books.flatMap(({ sections }) => sections.map(({ title }) => title.split(" ")[0])),
    ...others.map(({ code }) => code),
  ]);
  expect(Object.keys(messages).filter((code) => !covered.has(code) && !elsewhere.has(code))).toEqual([]);
});

/** Shown in read.test.ts, where the file itself is at fault. */
const elsewhere: ReadonlySet<string> = new Set(["file-missing", "file-is-folder", "not-typescript"]);
