/** Writes a set of files whole or not at all: staged beside their places first, then renamed; a failure undoes it. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../compiler/diagnostics/diagnostic.js";
import { fileReason } from "../runtime/messages.js";
import { userError } from "./messages.js";

export interface OutgoingFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

export interface WriteOptions {
  /** Files of earlier runs to remove. */
  readonly stale?: readonly string[];
  /** A file that is there is overwritten only if it holds this near its beginning. */
  readonly mark?: string;
}

/** Where a file really goes: behind links; refuses a folder, and a file that mscc did not write. */
function placeFor(path: string, mark: string | undefined): { readonly to: string; readonly isDevice: boolean } {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there) return { to: path, isDevice: false };
  if (there.isDirectory()) throw userError("output-folder", { path, reason: "a folder is in the way" });
  // A pipe or /dev/null is written to: renaming would put a file in its place.
  if (!there.isFile()) return { to: path, isDevice: true };
  if (mark !== undefined && !readFileSync(path, "utf8").slice(0, 500).includes(mark)) {
    throw userError("output-foreign", { path });
  }
  return { to: realpathSync(path), isDevice: false };
}

/** Steps that can be taken back, and the temporary files to remove at the end. */
function newTransaction() {
  const undo: (() => void)[] = [];
  const temporary: string[] = [];
  return {
    temporaryBeside(path: string): string {
      const name = join(dirname(path), `.mscc-${process.pid}-${temporary.length}.tmp`);
      temporary.push(name);
      return name;
    },
    makeFolder(path: string): void {
      const made = mkdirSync(path, { recursive: true });
      if (made !== undefined) undo.push(() => rmSync(made, { recursive: true, force: true }));
    },
    move(from: string, to: string): void {
      renameSync(from, to);
      undo.push(() => renameSync(to, from));
    },
    rollBack(): void {
      for (const step of undo.reverse()) step();
    },
    clean(): void {
      for (const each of temporary) rmSync(each, { force: true });
    },
  };
}

type Transaction = ReturnType<typeof newTransaction>;

/** Puts a staged file, or nothing, into a place; what was there is kept until the end. */
function replace(transaction: Transaction, to: string, staged?: string): void {
  if (existsSync(to)) transaction.move(to, transaction.temporaryBeside(to));
  if (staged !== undefined) transaction.move(staged, to);
}

/** @throws UserError that names the path; then every file is as it was before. */
export function writeAll(files: readonly OutgoingFile[], { stale = [], mark }: WriteOptions = {}): void {
  const transaction = newTransaction();
  let current = "";
  const at = <T>(path: string, step: () => T): T => {
    current = path;
    return step();
  };
  try {
    const placed = files.map((file) => at(file.path, () => ({ ...file, ...placeFor(file.path, mark) })));
    const staged = placed.flatMap(({ path, content, to, isDevice }) => {
      if (isDevice) return [];
      return at(path, () => {
        transaction.makeFolder(dirname(to));
        const from = transaction.temporaryBeside(to);
        writeFileSync(from, content);
        return [{ path, from, to }];
      });
    });
    for (const { path, from, to } of staged) at(path, () => replace(transaction, to, from));
    for (const path of stale) at(path, () => replace(transaction, path));
    for (const { path, content, isDevice } of placed) if (isDevice) at(path, () => writeFileSync(path, content));
  } catch (error) {
    transaction.rollBack();
    if (error instanceof UserError) throw error;
    throw userError("output-folder", { path: current, reason: fileReason(error, "write") });
  } finally {
    transaction.clean();
  }
}
