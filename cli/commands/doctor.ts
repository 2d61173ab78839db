/** `mscc doctor`: which adapters there are, what they can do, which kernels would run; whether nvcc is there. */
import { spawnSync } from "node:child_process";
import type { Command } from "commander";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.js";
import type { AdapterDescription } from "../../runtime/adapters.js";
import { checkFormat } from "../arguments/choices.js";
import { showDiagnostics, userDiagnostics } from "../faults.js";
import { line, type Session } from "../io.js";
import { throwAny } from "../messages.js";
import { toolVersion } from "../tool.js";

const EXAMPLE = `
Examples:
  mscc doctor
  mscc doctor --format json`;

/** The version line of nvcc, or undefined where it is not on the path. */
function nvccVersion(env: Session["io"]["env"]): string | undefined {
  const { status, stdout } = spawnSync("nvcc", ["--version"], { encoding: "utf8", env: { ...env }, timeout: 10_000 });
  return status === 0 ? (/release [^\n]*/.exec(stdout)?.[0] ?? "found") : undefined;
}

async function adapters(): Promise<{ found: readonly AdapterDescription[]; problems: readonly Diagnostic[] }> {
  const [{ describeAdapters }, { PROFILE_NEEDS }] = await Promise.all([
    import("../../runtime/adapters.js"),
    import("../profile-needs.js"),
  ]);
  try {
    return { found: await describeAdapters(PROFILE_NEEDS), problems: [] };
  } catch (error) {
    const problems = userDiagnostics(error);
    if (!problems) throw error;
    return { found: [], problems };
  }
}

function describe(adapter: AdapterDescription): string[] {
  const { name, software, limits, f16, timestamps, subgroups, profiles, choices } = adapter;
  const sizes = subgroups && (subgroups.min === subgroups.max ? subgroups.min : `${subgroups.min} to ${subgroups.max}`);
  const longest = Math.max(...profiles.map(({ kind }) => kind.length));
  const widest = Math.max(...limits.map((limit) => limit.name.length));
  return [
    `adapter: ${name}${software ? ", a program on the CPU" : ""}`,
    ...choices.map(({ dtype, kind, why }) =>
      kind === undefined ? `  ${dtype} does not run` : `  ${dtype} runs ${kind}: ${why}`,
    ),
    ...profiles.map(
      ({ kind, dtype, runs, lacks }) =>
        `  profile ${kind.padEnd(longest)}  ${dtype}  ${runs ? "runs" : lacks.join(", ")}`,
    ),
    `  f16: ${f16 ? "yes" : "no"}; subgroups: ${sizes === undefined ? "no" : `of ${sizes}`}; timestamps: ${timestamps ? "yes" : "no"}`,
    ...limits.map(({ name: limit, available, baseline }) => {
      const low = available < baseline ? ", too low" : "";
      return `  ${limit.padEnd(widest)}  ${available} (the baseline counts on ${baseline}${low})`;
    }),
  ];
}

async function doctor(format: string, session: Session): Promise<void> {
  const { io } = session;
  const { found, problems } = await adapters();
  const nvcc = nvccVersion(io.env);
  if (found.length === 0) session.exitWith(1);
  if (format === "json") {
    const data = { mscc: toolVersion(), node: process.version, adapters: found, nvcc: nvcc ?? null, problems };
    line(io.stdout, JSON.stringify(data, null, 2));
    return;
  }
  line(io.stdout, `mscc ${toolVersion()}, Node ${process.version}, ${process.platform} ${process.arch}`);
  for (const adapter of found) line(io.stdout, describe(adapter).join("\n"));
  line(io.stdout, nvcc === undefined ? "nvcc: not found" : `nvcc: ${nvcc}`);
  showDiagnostics(problems, session);
}

export function doctorCommand(program: Command, session: Session): void {
  program
    .command("doctor")
    .description("say which adapters there are, their limits and features, and which kernels would run")
    .option("--format <format>", "text or json", "text")
    .addHelpText("after", EXAMPLE)
    .action(async ({ format }: { readonly format: string }) => {
      const problems: Diagnostic[] = [];
      checkFormat(format, problems);
      throwAny(problems);
      await doctor(format, session);
    });
}
