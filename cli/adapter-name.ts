/** What messages call the adapter that runs kernels. */
import type { Gpu } from "../runtime/index.js";

export const adapterName = ({ info }: Pick<Gpu, "info">): string => info.device || info.description || info.vendor;
