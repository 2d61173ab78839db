/** How diagnostics look, and which names are taken for mistyped ones. */
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import { diagnose } from "../../compiler/diagnostics/messages.js";
import { renderAll, renderDiagnostic } from "../../compiler/diagnostics/render.js";
import { closest, editDistance } from "../../dsl/similar.js";

const where = { file: "src/near.ts", line: 12, column: 3, length: 5, source: "\t\tq.t + 1;" };
const fault: Diagnostic = {
  code: "some-code",
  severity: "error",
  message: "what was found\n  and more",
  where,
  notes: ["a fact"],
  help: "an edit",
};

describe("rendering", () => {
  test("a frame with its place, marks under tabs, notes and help", () => {
    expect(renderDiagnostic(fault, { color: false })).toBe(`src/near.ts:12:3 - error some-code: what was found
  and more

12 | \t\tq.t + 1;
   | \t\t^^^^^
  note: a fact
  help: an edit`);
  });

  test("marks end with the line", () => {
    const long = { ...fault, where: { ...where, column: 8, length: 500 } };
    expect(renderDiagnostic(long, { color: false }).split("\n")[4]).toBe("   | \t\t     ^^^");
  });

  test("colours only where they are asked for", () => {
    const text = renderDiagnostic({ ...fault, message: "found", severity: "warning" }, { color: true });
    expect(
      text.replaceAll("\u001b", "~"),
    ).toBe(`~[36msrc/near.ts:12:3~[0m - ~[1;33mwarning~[0m ~[90msome-code:~[0m found

~[90m12 |~[0m \t\tq.t + 1;
~[90m   |~[0m \t\t~[1;33m^^^^^~[0m
  ~[90mnote:~[0m a fact
  ~[32mhelp:~[0m an edit`);
  });

  test("escapes of a source are not obeyed", () => {
    const hostile = { ...fault, message: "\u001b[2J", where: { ...where, file: "\u0007.ts", source: "\u001b[31mred" } };
    const text = renderDiagnostic(hostile, { color: false });
    expect(["\u0007", "\u001b"].filter((control) => text.includes(control))).toEqual([]);
  });

  test("all, with a count", () => {
    const dense = diagnose("always-true", { name: "near" });
    expect(renderAll([], { color: false })).toBe("");
    expect(renderAll([dense], { color: false })).toBe(
      "warning always-true: 'near' is always true: this is dense attention\n\n1 warning\n",
    );
    const { where: _, ...nowhere } = { ...fault, message: "found" };
    expect(renderAll([nowhere, dense, nowhere], { color: false }).split("\n\n").at(-1)).toBe("2 errors, 1 warning\n");
  });
});

describe("names alike", () => {
  test.each([
    ["", "abc", 3],
    ["raduis", "radius", 1],
    ["frame", "frames", 1],
    ["kitten", "sitting", 3],
  ])("from %s to %s", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  test.each([
    ["raduis", "radius"],
    ["Radius", "radius"],
    ["T", "t"],
    ["stride", "strides"],
    ["z", undefined],
    ["speed", undefined],
  ])("%s means %s", (name, meant) => {
    expect(closest(name, ["frames", "radius", "t", "y", "strides"])).toBe(meant);
  });
});
