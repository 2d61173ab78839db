/** A model opened on the adapter for as long as a command works with it. */
import type { StoredDtype } from "../../models/msc/extents.js";
import { type Msc, openMsc } from "../../models/msc/open.js";
import { openGpu } from "../../runtime/index.js";
import { adapterName } from "../adapter-name.js";
import type { Located } from "./located.js";

export interface Opening {
  readonly located: Located;
  readonly weights: Uint8Array;
  readonly weightsFile: string;
  readonly dtype: StoredDtype;
}

/** @throws HostError without an adapter, ModelError and LaunchError as `openMsc`. */
export async function withModel<T>(
  { located, weights, weightsFile, dtype }: Opening,
  work: (model: Msc, adapter: string) => Promise<T>,
): Promise<T> {
  const gpu = await openGpu();
  try {
    const { name, read } = located;
    const model = await openMsc(gpu.device, { name, read, weights, weightsName: weightsFile, dtype });
    try {
      return await work(model, adapterName(gpu));
    } finally {
      model.close();
    }
  } finally {
    gpu.close();
  }
}
