/** The cache of proofs: what is remembered, for which solver, and that nothing it meets on disk is an error. */
import { appendFileSync, chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { proofsFolder, proofsOf } from "../../cli/prove/proofs.js";
import { sparing } from "../../cli/prove/solver.js";
import { bool, FALSE, intVar, le, TRUE } from "../../compiler/ir/expression.js";
import type { Claim, Outcome, Solver } from "../../compiler/plan/claim.js";
import { folderWith } from "./mscc.js";

describe("proofs on disk", () => {
  it("are known to the next process, for the same solver", () => {
    const folder = join(folderWith({}), "new", "proofs");
    const first = proofsOf("z3-solver 5.2.0", folder);
    first.add("(assert a)");
    expect([first.has("(assert a)"), first.has("(assert b)")]).toEqual([true, false]);
    expect(proofsOf("z3-solver 5.2.0", folder).has("(assert a)")).toBe(true);
    expect(proofsOf("z3-solver 5.3.0", folder).has("(assert a)")).toBe(false);
  });

  it("are added to by several processes, and survive half-written lines", () => {
    const folder = folderWith({});
    const [one, two] = [proofsOf("z", folder), proofsOf("z", folder)];
    one.add("a");
    const [name = ""] = readdirSync(folder);
    appendFileSync(join(folder, name), "0123");
    two.add("b");
    two.add("b");
    const third = proofsOf("z", folder);
    expect(["a", "b", "0123"].map(third.has)).toEqual([true, true, false]);
    expect(readFileSync(join(folder, name), "utf8").match(/^[0-9a-f]{64}$/gm)).toHaveLength(2);
  });

  it("may be unreadable or unwritable", () => {
    const folder = folderWith({ file: "" });
    const below = proofsOf("z", join(folder, "file", "proofs"));
    below.add("a");
    expect(below.has("a")).toBe(true);
    writeFileSync(join(folder, "z.v1.txt"), "");
    chmodSync(join(folder, "z.v1.txt"), 0);
    const closed = proofsOf("z", folder);
    closed.add("a");
    expect(closed.has("a")).toBe(true);
  });

  it("lie in the user's folder for caches", () => {
    expect(proofsFolder({ HOME: "/home/me" })).toBe("/home/me/.cache/mscc/proofs");
    expect(proofsFolder({ HOME: "/home/me", XDG_CACHE_HOME: "/cache" })).toBe("/cache/mscc/proofs");
    expect(proofsFolder({ HOME: "/home/me", XDG_CACHE_HOME: "/cache", MSCC_CACHE: "/here" })).toBe("/here");
  });
});

describe("a sparing solver", () => {
  const claim = (name: string): Claim => ({
    kind: "question",
    text: name,
    assumptions: [],
    goal: le(intVar(name), intVar(name)),
    tables: [],
  });

  function recording(outcome: Outcome) {
    const log: string[] = [];
    const solver: Solver = {
      name: "recording",
      solve: async ({ text }) => {
        log.push(text);
        return outcome;
      },
      close: async () => void log.push("close"),
    };
    const load = async () => {
      log.push("load");
      return solver;
    };
    return { log, load };
  }

  it("loads its solver once, when a claim needs it, and asks once for what holds", async () => {
    const { log, load } = recording({ kind: "holds" });
    const solver = sparing("recording", load, proofsOf("recording"));
    for (const name of ["a", "b", "a"]) expect(await solver.solve(claim(name), 1)).toEqual({ kind: "holds" });
    expect(solver.asked()).toBe(2);
    await solver.close();
    expect(log).toEqual(["load", "a", "b", "close"]);
  });

  it("remembers nothing else", async () => {
    const { log, load } = recording({ kind: "unknown", reason: "time" });
    const solver = sparing("recording", load, proofsOf("recording"));
    for (const name of ["a", "a"]) await solver.solve(claim(name), 1);
    expect(log).toEqual(["load", "a", "a"]);
  });

  it("tells claims apart by their content, not by their text", async () => {
    const { log, load } = recording({ kind: "holds" });
    const solver = sparing("recording", load, proofsOf("recording"));
    for (const goal of [TRUE, FALSE, bool(true)]) await solver.solve({ ...claim("same"), goal }, 1);
    expect(log).toEqual(["load", "same", "same"]);
  });

  it("closes what was loaded, and nothing where loading failed", async () => {
    const { log, load } = recording({ kind: "holds" });
    await sparing("recording", load, proofsOf("recording")).close();
    const failing = sparing("none", () => Promise.reject(new Error("no such package")), proofsOf("none"));
    await expect(failing.solve(claim("a"), 1)).rejects.toThrow("no such package");
    await failing.close();
    expect(log).toEqual([]);
  });
});
