/** Claims that were proved before, known by the content of their scripts: lines of a file, where one can be written. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Io } from "../io.js";

/** Counts up when a proof of an equal script would no longer say the same. */
const SCHEMA = 1;

export interface Proofs {
  readonly has: (script: string) => boolean;
  readonly add: (script: string) => void;
}

/** https://specifications.freedesktop.org/basedir-spec: the user's folder for what can be made again. */
export function proofsFolder(env: Io["env"] = {}): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache");
  return env.MSCC_CACHE || join(base, "mscc", "proofs");
}

/** A whole line; what another process is writing, or left half-written, is none. */
const LINE = /^[0-9a-f]{64}$/;

function hashesIn(file: string): string[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => LINE.test(line));
  } catch {
    return [];
  }
}

/** Makes a folder and those above it one by one: Node's recursive `mkdirSync` never returns for one like /proc/none. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}

/**
 * The proofs of one version of a solver. Without a folder, or where it cannot be written, they are known to this
 * object only; processes that share a folder may add to it at the same time.
 */
export function proofsOf(solver: string, folder?: string): Proofs {
  const file = folder === undefined ? undefined : join(folder, `${solver.replace(/\W+/g, "-")}.v${SCHEMA}.txt`);
  const known = new Set(file === undefined ? [] : hashesIn(file));
  const hashOf = (script: string) => createHash("sha256").update(script).digest("hex");
  let keeps = file !== undefined;
  const append = (hash: string): void => {
    if (!keeps || file === undefined) return;
    try {
      makeFolder(dirname(file));
      // A newline on both sides: a half-written line before it spoils nothing.
      appendFileSync(file, `\n${hash}\n`);
    } catch {
      keeps = false;
    }
  };
  return {
    has: (script) => known.has(hashOf(script)),
    add: (script) => {
      const hash = hashOf(script);
      if (!known.has(hash)) append(hash);
      known.add(hash);
    },
  };
}
