/** One picture: printed, or written to a file. */
import { resolve } from "node:path";
import { line, type Session, wantsColor } from "../io.js";
import { writeAll } from "../write-files.js";
import { dataOf } from "./data.js";
import { pageOf } from "./page.js";
import { pictureOf } from "./picture.js";
import type { PictureKind, ShowRequest } from "./request.js";
import { shownOf } from "./shown.js";
import { textOf } from "./text.js";
import { count, plural } from "./words.js";

export interface Medium {
  /** Where a picture goes. */
  readonly file?: { readonly name: string; readonly kind: PictureKind };
  /** What is printed. */
  readonly print?: "text" | "json";
}

/** @throws UserError where the file cannot be written. */
export function show(request: ShowRequest, { file, print }: Medium, { io }: Session): void {
  const { plan, setting, tables, given } = request;
  const shown = shownOf(plan, setting, tables, Object.keys(given));
  if (file) {
    const content = file.kind === "html" ? pageOf(request, shown) : pictureOf(shown);
    writeAll([{ path: resolve(io.cwd, file.name), content }]);
    const { seen, all } = shown.view.counts;
    if (!print) line(io.stdout, `${file.name}: the query sees ${count(seen)} of ${plural(all, "key")}`);
  }
  if (print === "json") line(io.stdout, JSON.stringify(dataOf(shown), null, 2));
  if (print === "text") {
    const isColored = wantsColor(io, io.stdout);
    const paint = (text: string, code: string) => (isColored ? `\u001b[${code}m${text}\u001b[0m` : text);
    for (const text of textOf(shown, paint)) line(io.stdout, text);
  }
}
