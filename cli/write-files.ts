/** Writes a set of files whole or not at all: staged beside their places first, then renamed; a failure undoes it. */
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../compiler/diagnostics/diagnostic.js";
import { userError } from "./messages.js";

export interface OutgoingFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

export interface WriteOptions {
  /** A folder that holds all the files; made if missing. */
  readonly root: string;
  /** Files of earlier runs to remove. */
  readonly stale?: readonly string[];
  /** A file that is there is overwritten only if it holds this near its beginning. */
  readonly mark?: string;
}

const reasonOf = (error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: { readonly [code: string]: string } = {
    EACCES: "permission denied",
    EPERM: "operation not permitted",
    EROFS: "the file system is read-only",
    ENOSPC: "no space is left",
    ENOTDIR: "a part of the path is a file",
    EEXIST: "a file is in the way",
    EISDIR: "a folder is in the way",
  };
  return known[code ?? ""] ?? message;
};

/** Refuses to replace a folder, or a file that mscc did not write. */
function checkPlace(path: string, mark: string | undefined): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (there.isDirectory()) throw userError("output-folder", { path, reason: "a folder is in the way" });
  if (mark !== undefined && !readFileSync(path, "utf8").slice(0, 500).includes(mark)) {
    throw userError("output-foreign", { path });
  }
}

/** Moves the staged files into place, keeping what they replace; gives the way back where a step fails. */
function replaceAll(moves: readonly { readonly from?: string; readonly to: string; readonly kept: string }[]): void {
  const undo: (() => void)[] = [];
  const move = (from: string, to: string) => {
    renameSync(from, to);
    undo.push(() => renameSync(to, from));
  };
  try {
    for (const { from, to, kept } of moves) {
      const folder = mkdirSync(dirname(to), { recursive: true });
      if (folder !== undefined) undo.push(() => rmSync(folder, { recursive: true, force: true }));
      if (existsSync(to)) move(to, kept);
      if (from !== undefined) move(from, to);
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** @throws UserError that names the path; then every file is as it was before. */
export function writeAll(files: readonly OutgoingFile[], { root, stale = [], mark }: WriteOptions): void {
  let made: string | undefined;
  let staging: string | undefined;
  let current = root;
  try {
    for (const { path } of files) {
      current = path;
      checkPlace(path, mark);
    }
    current = root;
    made = mkdirSync(root, { recursive: true });
    const folder = mkdtempSync(join(root, ".mscc-"));
    staging = folder;
    const moves = files.map(({ path, content }, i) => {
      current = path;
      writeFileSync(join(folder, `new-${i}`), content);
      return { from: join(folder, `new-${i}`), to: path, kept: join(folder, `old-${i}`) };
    });
    const removals = stale.filter(existsSync).map((to, i) => ({ to, kept: join(folder, `stale-${i}`) }));
    replaceAll([...moves, ...removals]);
    made = undefined;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { dest } = error as { readonly dest?: string };
    throw userError("output-folder", { path: dest ?? current, reason: reasonOf(error) });
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}
