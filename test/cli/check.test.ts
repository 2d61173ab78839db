/** `mscc check`: diagnostics as text and as data, for faults of reading and of planning. */
import { describe, expect, it } from "vitest";
import { folderWith, mscc, pair } from "./mscc.js";

const never = `import { attention } from "mscc";

export const nothing = attention({ axes: ["x"], attend: ({ q, k }) => q.x - k.x > 2 && k.x > q.x });
export const all = attention({ axes: ["x"], attend: () => true });
`;

describe("mscc check", () => {
  it("says that there are no errors", async () => {
    const outcome = await mscc(folderWith({ "p.ts": pair }), ["check", "p.ts"]);
    expect(outcome).toEqual({ code: 0, out: "p.ts: no errors in near, documents\n", err: "" });
  });

  it("shows faults with place and frame, and exits with 1", async () => {
    const source = pair.replace("q.x - k.x) <= reach", "q.y - k.x) <= reach");
    const { code, out, err } = await mscc(folderWith({ "src/p.ts": source }), ["check", "src/p.ts"]);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("src/p.ts:7:43 - error unknown-axis: the query position `q` has no axis 'y'");
    expect(err).toContain("7 |   attend: ({ q, k, reach }) => Math.abs(q.y - k.x) <= reach,");
    expect(err).toContain("1 error\n");
  });

  it("finds patterns that are never or always true", async () => {
    const { code, err } = await mscc(folderWith({ "p.ts": never }), ["check", "p.ts"]);
    expect(code).toBe(1);
    expect(err).toContain("error never-true: 'nothing' is never true: no query sees any key");
    expect(err).toContain("warning always-true: 'all' is always true: this is dense attention");
    expect(err).toContain("1 error, 1 warning\n");
  });

  it("gives the same as data", async () => {
    const folder = folderWith({ "p.ts": never });
    const { code, out, err } = await mscc(folder, ["check", "p.ts", "--format", "json"]);
    expect(err).toBe("");
    expect(code).toBe(1);
    const found = JSON.parse(out) as { code: string; severity: string; where: { file: string; line: number } }[];
    expect(found.map(({ code, severity, where }) => [code, severity, where.file, where.line])).toEqual([
      ["never-true", "error", "p.ts", 3],
      ["always-true", "warning", "p.ts", 4],
    ]);
    const missing = await mscc(folder, ["check", "gone.ts", "--format", "json"]);
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.out)).toMatchObject([{ code: "file-missing", severity: "error" }]);
    const fine = await mscc(folder, ["check", "p.ts", "all", "--format", "json"]);
    expect([fine.code, (JSON.parse(fine.out) as unknown[]).length]).toEqual([0, 1]);
  });
});
