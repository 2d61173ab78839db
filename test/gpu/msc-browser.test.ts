/** The same code in headless Chromium: a page loads compiled artefacts alone, and makes the frames that Node makes. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { openMsc } from "../../models/msc/open.js";
import { formatSafetensors } from "../../models/msc/safetensors.js";
import { openGpu } from "../../runtime/index.js";
import { builtFiles, openWeights } from "../models/built.js";
import { small } from "../models/small.js";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

interface PageResult {
  readonly error?: string;
  readonly adapter: string;
  readonly frames: readonly (readonly number[])[];
  readonly errors: readonly number[];
}

/** Serves the page, its script and the model; resolves with what the page posts. */
async function serve(files: ReadonlyMap<string, string | Uint8Array>) {
  let finish: (result: PageResult) => void = () => {};
  const result = new Promise<PageResult>((resolve) => {
    finish = resolve;
  });
  const answer = (response: ServerResponse, status: number, body: string | Uint8Array, type: string) => {
    response.writeHead(status, { "content-type": type });
    response.end(body);
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (request.method === "POST") {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        answer(response, 200, "", "text/plain");
        finish(JSON.parse(Buffer.concat(parts).toString()) as PageResult);
      });
      return;
    }
    const body = files.get(path);
    const type = path === "/" ? "text/html" : path.endsWith(".js") ? "text/javascript" : "application/octet-stream";
    answer(response, body === undefined ? 404 : 200, body ?? "", type);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { result, address: `http://localhost:${port}/`, close: () => server.close() };
}

/** Opens a page until its result is there, or Chromium ends. */
async function inChromium(address: string, result: Promise<PageResult>): Promise<PageResult> {
  const profile = mkdtempSync(join(tmpdir(), "mscc-chromium-"));
  const env = { ...process.env };
  delete env.VK_ICD_FILENAMES;
  const child = spawn(CHROMIUM as string, [...FLAGS, `--user-data-dir=${profile}`, address], { stdio: "ignore", env });
  try {
    const ended = new Promise<never>((_, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`Chromium ended with ${code} before the page had a result`)));
    });
    return await Promise.race([result, ended]);
  } finally {
    child.removeAllListeners("exit");
    child.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 300));
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const script = async () => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "msc-page.ts")],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
};

test("a page samples and denoises as Node does", async (context) => {
  if (CHROMIUM === undefined) {
    expect(process.env.CI, "Chromium is needed in CI").not.toBe("true");
    return context.skip("Chromium is not installed");
  }
  const model = builtFiles(small);
  const weights = formatSafetensors(openWeights(small));
  const files = new Map<string, string | Uint8Array>([
    ["/", '<!doctype html><script type="module" src="/page.js"></script>'],
    ["/page.js", await script()],
    ["/name", small.name],
    ["/weights.safetensors", weights],
    ...[...model].map(([name, text]) => [`/model/${name}`, text] as const),
  ]);
  const server = await serve(files);
  const gpu = await openGpu();
  try {
    const page = await inChromium(server.address, server.result);
    expect(page.error).toBeUndefined();
    expect(page.adapter).toContain("swiftshader");
    const read = async (file: string) => model.get(file) ?? "";
    const msc = await openMsc(gpu.device, { name: small.name, read, weights });
    const sampler = msc.sampler({ grid: small.grid, frames: 3, steps: 2, seed: 4 });
    let i = 0;
    for (let made = await sampler.next(); made; made = await sampler.next()) {
      const own = page.frames[i++] ?? [];
      expect(own.length).toBe(made.clip.length);
      const errors = [...made.clip].map((value, j) => Math.abs(value - (own[j] as number)));
      expect(Math.max(...errors)).toBeLessThan(1e-3);
    }
    expect(i).toBe(page.frames.length);
    expect(page.errors.every(Number.isFinite)).toBe(true);
    sampler.dispose();
    msc.close();
  } finally {
    gpu.close();
    server.close();
  }
});
