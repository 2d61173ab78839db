/** What the browser test's page runs: a model opened from its compiled files, sampled and denoised; the results go to the server. */
import { openMsc } from "../../models/msc/open.js";

const text = async (path: string): Promise<string> => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
};

async function run(): Promise<unknown> {
  const { gpu } = (globalThis as unknown as { readonly navigator: Partial<NavigatorGPU> }).navigator;
  const adapter = await gpu?.requestAdapter();
  if (!adapter) throw new Error("no WebGPU adapter");
  const device = await adapter.requestDevice();
  const weights = new Uint8Array(await (await fetch("/weights.safetensors")).arrayBuffer());
  const name = await text("/name");
  const msc = await openMsc(device, { name, read: (file) => text(`/model/${file}`), weights });
  const sampler = msc.sampler({ grid: msc.config.grid, frames: 3, steps: 2, seed: 4 });
  const frames: number[][] = [];
  for (let made = await sampler.next(); made; made = await sampler.next()) frames.push([...made.clip]);
  sampler.dispose();
  const { t, y, x } = msc.config.grid;
  const { patch, channels } = msc.config;
  const [rows, columns] = [y * patch.y, x * patch.x];
  const data = Float32Array.from({ length: t * patch.t * rows * columns * channels }, (_, i) => Math.sin(i / 50));
  const denoised = await msc.denoise({ frames: t * patch.t, rows, columns, data }, { levels: [0.5] });
  msc.close();
  const { vendor, architecture } = adapter.info;
  return { adapter: `${vendor} ${architecture}`, frames, errors: denoised.map(({ denoisedError }) => denoisedError) };
}

const post = (body: unknown) => fetch("/result", { method: "POST", body: JSON.stringify(body) });

run().then(post, (error: unknown) =>
  post({ error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) }),
);
