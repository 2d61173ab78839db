/** Sets of files are written whole or not at all. */
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeAll } from "../../cli/write-files.js";
import { filesBelow, folderWith } from "./mscc.js";

describe("writeAll", () => {
  it("writes, replaces and removes", () => {
    const folder = folderWith({ "a.txt": "old", "stale.txt": "old" });
    const file = (name: string) => ({ path: join(folder, name), content: "new" });
    writeAll([file("a.txt"), file("deep/b.txt")], { stale: [join(folder, "stale.txt"), join(folder, "gone.txt")] });
    expect(filesBelow(folder)).toEqual({ "a.txt": "new", "deep/b.txt": "new" });
  });

  it("changes nothing where the last of several files fails", () => {
    const folder = folderWith({ "a.txt": "old", block: "a file" });
    const files = ["a.txt", "new/b.txt", "block/c.txt"].map((name) => ({ path: join(folder, name), content: "new" }));
    expect(() => writeAll(files)).toThrow(`'${join(folder, "block/c.txt")}' cannot be written`);
    expect(filesBelow(folder)).toEqual({ "a.txt": "old", block: "a file" });
  });

  it("follows links, and writes to devices instead of replacing them", () => {
    const folder = folderWith({ "real.txt": "old" });
    symlinkSync(join(folder, "real.txt"), join(folder, "link.txt"));
    writeAll([
      { path: join(folder, "link.txt"), content: "new" },
      { path: "/dev/null", content: "gone" },
    ]);
    expect(readFileSync(join(folder, "real.txt"), "utf8")).toBe("new");
    rmSync(join(folder, "real.txt"));
    writeFileSync("/dev/null", "still a device");
    expect(readFileSync("/dev/null", "utf8")).toBe("");
  });
});
