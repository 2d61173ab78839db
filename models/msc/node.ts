/** Compiled models in folders of this machine; the rest of `mscc/msc` knows no files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileReason } from "../../runtime/messages.js";
import type { ReadText } from "./compiled.js";

/** Reads what `mscc msc build` wrote into a folder, for `openMsc`. */
export const readFolder =
  (folder: string): ReadText =>
  (file) =>
    readFile(join(folder, file), "utf8").catch((error: unknown) => {
      throw new Error(fileReason(error, "read"));
    });
