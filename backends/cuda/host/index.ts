/** The host side of CUDA kernels as text: launcher, C header, dispatcher, PyTorch module. It never analyses. */

export { bestFirst, emitDispatcher } from "./dispatcher.js";
export { emitHeader } from "./header.js";
export { emitLauncher } from "./launcher.js";
export { emitPython } from "./python.js";
export type { LaunchField } from "./variant.js";
