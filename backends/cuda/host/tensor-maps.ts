/** C for kernels of sm_90a: what tensor maps can take, and how they are made of operands. */
import type { ManifestCudaKernel } from "../../../compiler/plan/manifest.js";
import { failure } from "./messages.js";
import { cString, type Variant } from "./variant.js";

const FITS = `// What a tensor map can take: rows of neighbours, and strides in pieces of 16 bytes.
static int check_map(const Args *args, const Operand *operand) {
  if ((size_t)operand->data % 16 != 0) {
    return ${failure("map-unaligned", { operand: "operand->name", address: "operand->data" })};
  }
  for (int i = 0; i < operand->rank; i++) {
    const unsigned long long stride = operand->strides[i];
    if (operand->extents[i] == 1) continue;
    if (i == operand->rank - 1) {
      if (stride == 1) continue;
      return ${failure("map-dim-stride", { operand: "operand->name", got: "(long long)stride" })};
    }
    // Batches have maps of their own, so their stride is only added to the address.
    const bool is_held = i == 0 || (stride > 0 && stride < (1ull << 40) / operand->bytes);
    if (stride * operand->bytes % 16 == 0 && is_held) continue;
    return ${failure("map-stride", {
      axis: "operand->axes[i]",
      operand: "operand->name",
      got: "(long long)stride",
      elements: "16 / operand->bytes",
    })};
  }
  return MSCC_OK;
}`;

const FIND = `typedef decltype(&cuTensorMapEncodeTiled) EncodeTiled;

// The driver's function, without linking against the driver.
static int find_encoder(const Args *args, EncodeTiled *encode) {
  void *found = NULL;
  cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSymbolNotFound;
#if CUDART_VERSION >= 12050
  const cudaError_t error =
      cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &result);
#else
  const cudaError_t error = cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &found, cudaEnableDefault, &result);
#endif
  if (error != cudaSuccess) return fail_call(args, "cudaGetDriverEntryPoint", error);
  if (result != cudaDriverEntryPointSuccess || !found) return ${failure("driver-too-old", {})};
  *encode = reinterpret_cast<EncodeTiled>(found);
  return MSCC_OK;
}`;

const encode = (
  dtype: string,
) => `// The map of one batch of an operand: dim, the axes from the innermost to the outermost, heads. Outside it reads as 0.
static int encode_map(const Args *args, EncodeTiled encode, const Operand *operand, const int *tile, int batch,
                      TensorMap *map) {
  static_assert(sizeof(TensorMap) == sizeof(CUtensorMap) && alignof(TensorMap) >= alignof(CUtensorMap), "a tensor map as the driver has it");
  cuuint64_t extents[5] = {1, 1, 1, 1, 1}, strides[4];
  cuuint32_t box[5] = {64, 1, 1, 1, 1}, steps[5] = {1, 1, 1, 1, 1};
  const int axes = operand->rank - 3;
  extents[0] = operand->extents[operand->rank - 1];
  for (int i = 1; i < 5; i++) {
    // A dimension of extent 1 is never stepped along, but its stride has to look like one.
    strides[i - 1] = i == 1 ? 16 : strides[i - 2];
    if (i > axes + 1) continue;
    const int dimension = operand->rank - 1 - i;
    extents[i] = operand->extents[dimension];
    if (extents[i] > 1) strides[i - 1] = operand->strides[dimension] * operand->bytes;
    if (i <= axes) box[i] = tile[axes - i];
  }
  const char *const first = static_cast<const char *>(operand->data) + batch * operand->strides[0] * operand->bytes;
  const CUresult result =
      encode(reinterpret_cast<CUtensorMap *>(map), ${dtype}, 5, const_cast<char *>(first), extents, strides, box, steps,
             CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
             CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) return ${failure("map-failed", { operand: "operand->name", code: "(int)result" })};
  return MSCC_OK;
}`;

const DATA_TYPES = { f16: "CU_TENSOR_MAP_DATA_TYPE_FLOAT16", bf16: "CU_TENSOR_MAP_DATA_TYPE_BFLOAT16" };

export function emitMapFunctions({ dtype }: ManifestCudaKernel): string {
  if (dtype === "f32") throw new RangeError("kernels of sm_90a have 16-bit elements");
  return [FITS, FIND, encode(DATA_TYPES[dtype])].join("\n\n");
}

/** Lines that refuse what tensor maps cannot take. */
export function emitMapChecks({ axes }: Variant, { keyTile }: ManifestCudaKernel): string[] {
  const rings = axes.key.flatMap((axis, i) => {
    const extent = keyTile[i] as number;
    if (extent === 1) return [];
    const refusal = failure("map-ring", { axis: cString(axis), extent: String(extent) });
    return [`if (args->key_ring[${i}]) return ${refusal};`];
  });
  return [...rings, ...["q", "k", "v"].map((name) => `if (int status = check_map(args, &${name})) return status;`)];
}

/** Lines that launch once per batch, over `u`, the operands, `tiles` of one batch and `stream`. */
export function emitMapLaunches({ symbol, queryTile, keyTile, threads, sharedMemory }: ManifestCudaKernel): string[] {
  return [
    "EncodeTiled encode = NULL;",
    "if (int status = find_encoder(args, &encode)) return status;",
    `const int query_tile[] = {${queryTile.join(", ")}}, key_tile[] = {${keyTile.join(", ")}};`,
    "for (int batch = 0; batch < args->batch; batch++) {",
    "  TensorMap map_q, map_k, map_v;",
    "  if (int status = encode_map(args, encode, &q, query_tile, batch, &map_q)) return status;",
    "  if (int status = encode_map(args, encode, &k, key_tile, batch, &map_k)) return status;",
    "  if (int status = encode_map(args, encode, &v, key_tile, batch, &map_v)) return status;",
    "  u.first_batch = batch;",
    "  void *arguments[] = {&u, &map_q, &map_k, &map_v};",
    `  error = cudaLaunchKernel(${symbol}, dim3((u32)tiles), dim3(${threads}), arguments, ${sharedMemory}, stream);`,
    '  if (error != cudaSuccess) return fail_call(args, "cudaLaunchKernel", error);',
    "}",
  ];
}
