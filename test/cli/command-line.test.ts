/** The command line as a whole: help, exit codes, suggestions, colour, faults of ours. */
import { readFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { diagnosticsOf } from "../../cli/faults.js";
import { toolVersion } from "../../cli/tool.js";
import { folderWith, lightCone, mscc, pair, recorder } from "./mscc.js";

describe("help", () => {
  it.each(["compile", "check", "explain", "prove", "show", "run", "verify", "bench", "doctor"])(
    "of %s has an example",
    async (command) => {
      const { code, out, err } = await mscc("/", [command, "--help"]);
      expect(err).toBe("");
      expect(code).toBe(0);
      expect(out).toContain(`Usage: mscc ${command}`);
      expect(out).toMatch(new RegExp(`Examples?:\n {2}mscc ${command}`));
    },
  );

  it("lists the commands and the exit codes", async () => {
    const { code, out } = await mscc("/", ["--help"]);
    expect(code).toBe(0);
    for (const part of ["compile", "check", "prove", "show", "run", "verify", "bench", "doctor", "Exit codes: 0 done"])
      expect(out).toContain(part);
  });

  it("gives the version", async () => {
    expect(await mscc("/", ["--version"])).toEqual({ code: 0, out: `${toolVersion()}\n`, err: "" });
  });
});

describe("exit code 2", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["complie", "p.ts"], "error: unknown command 'complie'\n(Did you mean compile?)"],
    [["compile", "p.ts", "--wach"], "error: unknown option '--wach'\n(Did you mean --watch?)"],
    [["compile"], "error: missing required argument 'file'"],
    [["check", "p.ts", "--format"], "error: option '--format <format>' argument missing"],
    [["run", "p.ts", "near"], "error: required option '-o, --output <file>' not specified"],
    [["run", "p.ts", "near", "-o", "o.npy"], "error: required option '--q <file>' not specified"],
    [["run", "p.ts", "near", "-o", "o.npy", "--q", "q.npy"], "error: required option '--k <file>' not specified"],
    [["bench", "p.ts", "near"], "error: required option '--grid <extents>' not specified"],
    [["verify", "p.ts", "near", "far"], "error: too many arguments"],
    [["prove", "p.ts", "near", "--causl", "t"], "error: unknown option '--causl'\n(Did you mean --causal?)"],
    [[], "Usage: mscc"],
  ];
  it.each(cases)("%j", async (argv, want) => {
    const { code, out, err } = await mscc(folderWith({ "p.ts": pair }), argv);
    expect(err).toContain(want);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});

describe("exit code 1", () => {
  const file = "p.ts";
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["check", "missing.ts"], "error file-missing: file 'missing.ts' does not exist"],
    [["check", "dir.ts"], "error file-is-folder: 'dir.ts' is a folder\n  help: give a TypeScript file in it\n"],
    [["verify", "dir.ts"], "error file-is-folder: 'dir.ts' is a folder\n"],
    [["check", "notes.md"], "error not-typescript: 'notes.md' is not a TypeScript source"],
    [["check", file, "nera"], "error unknown-variant: 'p.ts' exports no pattern 'nera'; did you mean 'near'?"],
    [["compile", file, "--target", "metal"], "error choice-unknown: --target: 'metal' is not known"],
    [["compile", file, "--target", "cuda", "--profile", "baseline"], "error target-other: --profile baseline"],
    [["compile", file, "--target", "cuda", "--profile", "sm_90a", "--dtype", "f32"], "error kinds-apart"],
    [["compile", file, "--profile", "sm_80"], "error target-other: --profile sm_80 is of kernels for the target cuda"],
    [["compile", file, "--dtype", "f64"], "error choice-unknown: --dtype: 'f64' is not known"],
    [["compile", file, "--head-dim", "0,300"], "error head-dim: --head-dim: '0' is not a dim"],
    [["verify", file], "error several-variants: 'p.ts' exports 2 patterns, and `verify` works on one"],
    [["verify", file, "near", "--head-dim", "16,32"], "error head-dim-one"],
    [["verify", file, "near", "--heads", "3/2", "--seed", "-1"], "error verify-heads: --heads: '3/2'"],
  ];
  it.each(cases)("%j", async (argv, want) => {
    const { code, out, err } = await mscc(folderWith({ [file]: pair, "notes.md": "", "dir.ts/q.ts": pair }), argv);
    expect(err).toContain(want);
    expect(err).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(out).toBe("");
    expect(code).toBe(1);
  });
});

describe("colour", () => {
  const red = "\u001b[1;31m";
  const shown = async (isTTY: boolean, env: { readonly [name: string]: string }) => {
    const stderr = recorder(isTTY);
    await mscc("/", ["check", "missing.ts"], { stderr, env });
    return stderr.text().includes(red);
  };
  it("is for terminals whose user does not refuse it", async () => {
    expect(await shown(true, {})).toBe(true);
    expect(await shown(false, {})).toBe(false);
    expect(await shown(true, { NO_COLOR: "1" })).toBe(false);
    expect(await shown(true, { TERM: "dumb" })).toBe(false);
  });
});

describe("a fault of ours", () => {
  it("says that it is a bug, and writes a file that reproduces it", () => {
    const cwd = folderWith({ "p.ts": lightCone });
    const silent = { write: () => undefined };
    const session = {
      io: { stdout: silent, stderr: silent, cwd },
      argv: ["compile", "p.ts", "--out", "some where"],
      exitWith: () => undefined,
    };
    const [diagnostic] = diagnosticsOf(new TypeError("no such loop"), session);
    expect(diagnostic?.message).toBe("this is a bug in mscc: no such loop");
    const path = /\/\S+mscc-bug-[0-9a-f]{12}\.txt$/.exec(diagnostic?.help ?? "")?.[0];
    const report = readFileSync(path as string, "utf8");
    rmSync(path as string);
    expect(report).toContain(`mscc ${toolVersion()}, Node ${process.version}`);
    expect(report).toContain('command: mscc compile p.ts --out "some where"');
    expect(report).toContain("TypeError: no such loop");
    expect(report).toContain(lightCone);
  });
});
