/** The starter project of `mscc init`: its files as text, and the steps to take with them. */
import { readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Io } from "./io.js";
import { userError } from "./messages.js";
import { ownSpecifier } from "./tool.js";
import { writeAll } from "./write-files.js";

const PATTERN = `import { attention, int } from "mscc";

// A pattern says which keys a query sees: a function of two positions, and nothing else. mscc reads this source and
// derives which tiles a kernel has to visit; your tests can call \`lightCone.attend\` as it stands.

/** A token sees its past light cone: reach grows by \`speed\` tokens per frame of age. */
export const lightCone = attention({
  // The axes of the grid, outermost first: frames, rows, columns. Any names, one to four.
  axes: ["t", "y", "x"],
  // Numbers that are chosen when the kernel runs. Bounds help the compiler, and are checked at every launch.
  params: {
    frames: int({ min: 1, default: 4 }),
    radius: int({ min: 0, default: 2 }),
    speed: int({ min: 0, default: 1 }),
  },
  // \`q\` and \`k\` are the positions of a query and a key. Stay with integers, and say what you mean.
  attend: ({ q, k, frames, radius, speed }) => {
    const age = q.t - k.t;
    const reach = radius + speed * age;
    return age >= 0 && age < frames && Math.abs(q.y - k.y) <= reach && Math.abs(q.x - k.x) <= reach;
  },
});
`;

const README = (name: string): string => `# ${name}

Attention patterns, compiled to GPU kernels by mscc. \`patterns.ts\` holds them, one export each.

\`\`\`sh
npm install
npm run check      # what is wrong with the patterns, if anything
npm run explain    # the derived loops, and what they cost on a grid
npm run show       # a picture of what one query sees
npm run verify     # the kernel against the declared function, on this machine's adapter; executes patterns.ts
npm run compile    # writes generated/lightCone: WGSL, an ES module with types, a manifest
npm run types      # TypeScript's own check, as an editor does it
\`\`\`

\`generated/lightCone/index.js\` imports nothing and takes any \`GPUDevice\`. The language, the guide and all commands
are documented in \`node_modules/mscc/docs\`; \`npx mscc <command> --help\` lists the options.
`;

const SCRIPTS = {
  check: "mscc check patterns.ts",
  explain: "mscc explain patterns.ts lightCone --grid t=8,y=32,x=32",
  show: "mscc show patterns.ts lightCone",
  verify: "mscc verify patterns.ts lightCone",
  compile: "mscc compile patterns.ts",
  types: "tsc --noEmit",
};

/** The version of TypeScript that the project checks its types with. */
const TYPESCRIPT = "^7.0.2";

const packageJson = (name: string, own: string) => ({
  name,
  version: "0.0.0",
  private: true,
  type: "module",
  scripts: SCRIPTS,
  devDependencies: { mscc: own, typescript: TYPESCRIPT },
});

const TSCONFIG = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2022"],
    module: "NodeNext",
    moduleResolution: "NodeNext",
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  },
  include: ["*.ts"],
};

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** A name that npm takes. */
function nameFrom(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "");
  return name === "" || name === "mscc" ? "patterns" : name;
}

/** Refuses a folder that holds anything, and a file in its place. */
function checkEmpty(given: string, folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isDirectory()) throw userError("init-not-folder", { folder: given });
  const found = readdirSync(folder).filter((name) => name !== ".git");
  if (found.length > 0) throw userError("init-not-empty", { folder: given, found });
}

/**
 * Writes the project.
 * @returns what was written, and what to do next
 * @throws UserError where the folder is not empty or cannot be written
 */
export function writeProject(given: string, { cwd }: Pick<Io, "cwd">): string[] {
  const folder = resolve(cwd, given);
  checkEmpty(given, folder);
  const name = nameFrom(folder);
  const own = ownSpecifier(folder);
  const files = {
    "package.json": json(packageJson(name, own)),
    "patterns.ts": PATTERN,
    "tsconfig.json": json(TSCONFIG),
    "README.md": README(name),
    ".gitignore": "node_modules/\n",
  };
  writeAll(Object.entries(files).map(([file, content]) => ({ path: join(folder, file), content })));
  return [
    `written to ${folder}: ${Object.keys(files).join(", ")}`,
    ...(own.startsWith("file:") ? [`package.json takes mscc from ${own}, where this one came from`] : []),
    "",
    "next:",
    ...(folder === cwd ? [] : [`  cd ${given}`]),
    "  npm install",
    "  npm run check",
    "  npm run explain",
    "  npm run show",
    "  npm run verify",
    "  npm run compile",
  ];
}
