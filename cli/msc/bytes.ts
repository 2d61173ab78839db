/** Bytes of files that are named on the command line. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fail, fileReason } from "../../runtime/messages.js";
import { pathOf } from "../io.js";

/** @throws HostError `file-unreadable`. */
export function bytesOf(file: string, cwd: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(pathOf(file, cwd)));
  } catch (error) {
    throw fail("file-unreadable", file, fileReason(error, "read"));
  }
}

/** What tells contents apart. */
export const hashOf = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");
