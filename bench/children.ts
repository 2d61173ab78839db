/** What needs a process of its own: a cold start, whose driver is chosen per process, and a mask that may end the process. */
import { spawnSync } from "node:child_process";
import { freemem } from "node:os";
import { fileURLToPath } from "node:url";
import { type Grid, tokensOf } from "./cases.js";
import { maskBytes } from "./exact.js";
import { root } from "./own.js";

/** The end of what was said, for what ended without an answer. */
const LAST = 300;

/** The JSON that a program of this folder prints as its last line, or why there is none. */
function ask<T>(program: string, argv: readonly string[], env: NodeJS.ProcessEnv): T | { readonly error: string } {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [path, ...argv], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 180_000,
    maxBuffer: 2 ** 26,
  });
  const answer = stdout.trim().split("\n").at(-1) ?? "";
  if (status === 0 && answer.startsWith("{")) return JSON.parse(answer) as T;
  return { error: `ended with ${signal ?? `exit code ${status}`}: ${stderr.trim().slice(-LAST)}` };
}

/** Times of a first run, in milliseconds. */
export interface Cold {
  readonly driver: string;
  readonly adapter: string;
  readonly profile: string;
  /** Loading mscc, opening the adapter, pattern to WGSL. */
  readonly load: number;
  readonly open: number;
  readonly compile: number;
  /** What the driver takes to compile the shader: the first run without what a second one takes. */
  readonly shader: number;
  readonly run: number;
  /** From nothing loaded to the first result. */
  readonly total: number;
}
export type ColdFault = Pick<Cold, "driver" | "profile"> & { readonly error: string };

interface Drivers {
  icdFile(driver: string): string | undefined;
  driverEnvironment(driver?: string): NodeJS.ProcessEnv;
}

const PROGRAM = "./cold-child.js";

/** The software drivers that are installed, each with the baseline and, where it is another, the best profile; else the adapter there is. */
export async function measureCold(): Promise<(Cold | ColdFault)[]> {
  const { icdFile, driverEnvironment } = (await import(`${root}scripts/drivers.mjs`)) as Drivers;
  const software = ["lavapipe", "swiftshader"].filter((driver) => icdFile(driver) !== undefined);
  return (software.length > 0 ? software : ["adapter"]).flatMap((driver) => {
    const env = driverEnvironment(driver === "adapter" ? undefined : driver);
    return ["baseline", "best"].flatMap((profile) => {
      const found = ask<Omit<Cold, "driver">>(PROGRAM, [profile], env);
      const isSame = profile === "best" && "profile" in found && found.profile === "baseline";
      return isSame ? [] : [{ profile, ...found, driver }];
    });
  });
}

/** What the peer makes of a dense mask. */
export interface MaskTrial {
  readonly grid: Grid;
  readonly tokens: number;
  readonly bytes: number;
  readonly error?: string;
  readonly milliseconds?: number;
}

/** Gives the peer a mask, where the host has the memory for it. */
export function tryMask(grid: Grid): MaskTrial {
  const tokens = tokensOf(grid);
  const bytes = maskBytes(tokens);
  if (freemem() < 3 * bytes) {
    return { grid, tokens, bytes, error: "not tried: the host has too little free memory" };
  }
  return { grid, tokens, bytes, ...ask<Omit<MaskTrial, "grid">>("./mask-child.js", grid.map(String), {}) };
}
