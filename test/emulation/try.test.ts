/** Temporary. */

import { onCuda } from "../conformance/on-cuda.js";
import { conformanceSuite } from "../conformance/suite.js";

const kind = JSON.parse(process.env.KIND ?? '{"profile":"sm_80","dtype":"bf16"}');
const backend = onCuda(kind);
conformanceSuite(backend.name, () => backend, { oneIn: Number(process.env.ONE_IN ?? 8) });
