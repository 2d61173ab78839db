/** Bad input for the C side of CUDA kernels, case by case, and what it says to that. */
import type { Code } from "../../backends/cuda/host/messages.js";

export interface Case {
  readonly code: Code | "ok";
  /** Statements that spoil valid `args` or the `fake` device. */
  readonly change: string;
  /** Without `mscc <variant>: `. */
  readonly text: string;
  /** By default the kernel of sm_80. */
  readonly by?: "sm80" | "sm90a" | "all" | "hinted";
}

const INT = "expected within -2147483648 to 2147483647";
export const CASES: readonly Case[] = [
  { code: "ok", change: "", text: "" },
  { code: "ok", change: "", text: "", by: "sm90a" },
  { code: "count-invalid", change: "args.batch = 0;", text: "batch is 0, expected 1 to 2147483647" },
  { code: "count-invalid", change: "args.heads = -4;", text: "heads is -4, expected 1 to 2147483647" },
  {
    code: "extent-invalid",
    change: "args.query_extent[1] = 0;",
    text: "query_extent is 0 on axis 'x', expected 1 to 2147483647",
  },
  {
    code: "extent-invalid",
    change: "args.key_extent[0] = -1;",
    text: "key_extent is -1 on axis 't', expected 1 to 2147483647",
  },
  {
    code: "position-invalid",
    change: "args.key_offset[1] = -2;",
    text: "key_offset is -2 on axis 'x', expected 0 to 2147483647",
  },
  {
    code: "head-ratio",
    change: "args.key_heads = 3;",
    text: "heads is 4 and key_heads is 3, expected a multiple of key_heads",
  },
  {
    code: "ring-too-small",
    change: "args.key_ring[0] = 2;",
    text: "key_ring is 2 on axis 't', expected 0, or a ring with a slot for each of the 3 keys held",
  },
  {
    code: "size-differs",
    change: "args.query_size[1] = 32; args.key_size[1] = 40;",
    text: "query_size is 32 and key_size is 40 on axis 'x', expected the same: queries and keys share one grid",
  },
  {
    code: "outside-grid",
    change: "args.query_offset[1] = 20; args.query_size[1] = 32;",
    text: "the queries lie at 20 to 35 on axis 'x', expected within 0 to 31, the whole grid",
  },
  {
    code: "outside-grid",
    change: "args.key_offset[1] = 2147483647;",
    text: "the keys lie at 2147483647 to 2147483662 on axis 'x', expected within 0 to 2147483646, the whole grid",
  },
  {
    code: "scale-invalid",
    change: "args.scale = NAN;",
    text: "scale is nan, expected a finite number; 0 stands for 1 / sqrt(head dim)",
  },
  {
    code: "param-not-finite",
    change: "args.params.gain = INFINITY;",
    text: "param 'gain' is inf, expected a finite number",
  },
  { code: "int-out-of-bounds", change: "args.params.frames = 65;", text: "param 'frames' is 65, expected 1 to 64" },
  { code: "float-out-of-bounds", change: "args.params.tilt = -0.5f;", text: "param 'tilt' is -0.5, expected 0 to 1" },
  {
    code: "table-extent",
    change: "args.tables.shift.extent[0] = 4;",
    text: "dimension 't' of table 'shift' has extent 4, expected 3, the extent of the whole grid",
  },
  {
    code: "table-extent",
    change: "args.tables.slope.extent[0] = 5;",
    text: "dimension 'head' of table 'slope' has extent 5, expected 4, the query heads",
  },
  {
    code: "table-extent",
    change: "args.tables.bias.extent[0] = 3;",
    text: "dimension 'dt' of table 'bias' has extent 3, expected 2, which is `frames - 8`",
  },
  {
    code: "table-extent-invalid",
    change: "args.tables.weight.extent[1] = 0;",
    text: "dimension 'n' of table 'weight' has extent 0, expected 1 to 2147483647",
  },
  {
    code: "table-extent-declared",
    change: "args.params.frames = 8;",
    text: "dimension 'dt' of table 'bias' is declared as `frames - 8`, which is 0 with these params, no extent",
  },
  {
    code: "table-too-large",
    change: "args.tables.weight.extent[1] = 2000000000;",
    text: "table 'weight' has 4000000000 values, expected at most 2147483647",
  },
  { code: "pointer-null", change: "args.k = NULL;", text: "k is NULL, expected a pointer to device memory" },
  {
    code: "pointer-null",
    change: "args.tables.slope.data = NULL;",
    text: "table 'slope' is NULL, expected a pointer to device memory",
  },
  {
    code: "pointer-unaligned",
    change: "args.v = at(0x30001);",
    text: "v is at 0x30001, expected a multiple of 2 bytes, the size of its elements",
  },
  {
    code: "stride-negative",
    change: "dense(args); args.q_stride[3] = -64;",
    text: "axis 'x' of q has stride -64, expected 0 or more elements",
  },
  {
    code: "span-too-large",
    change: "dense(args); args.k_stride[2] = 1ll << 61;",
    text: "k spans more than 2^63 bytes along axis 't', which has extent 3 and stride 2305843009213693952",
  },
  {
    code: "span-too-large",
    change: "args.query_extent[0] = args.query_extent[1] = args.tables.shift.extent[0] = 2000000000;",
    text: "q spans more than 2^63 bytes along axis 't', which has extent 2000000000 and stride 128000000000",
  },
  {
    code: "elements-overlap",
    change: "dense(args); args.output_stride[1] = 0;",
    text: "elements of output overlap: axis 'heads' has stride 0, expected at least 1, what the axes of smaller stride span",
  },
  {
    code: "elements-overlap",
    change: "dense(args); args.lse_stride[2] = 15;",
    text: "elements of lse overlap: axis 't' has stride 15, expected at least 16, what the axes of smaller stride span",
  },
  {
    code: "operands-overlap",
    change: "args.output = at(0x1000ffff - 0x10000001);",
    text: "output overlaps q in memory, expected memory of its own: give it another buffer",
  },
  {
    code: "operands-overlap",
    change: "args.lse = (float *)args.output;",
    text: "lse overlaps output in memory, expected memory of its own: give it another buffer",
  },
  {
    code: "operands-overlap",
    change: "args.output = (void *)args.tables.bias.data;",
    text: "output overlaps table 'bias' in memory, expected memory of its own: give it another buffer",
  },
  {
    code: "integer-overflow",
    change: "args.key_offset[1] = args.query_offset[1] = 2147483631;",
    text: `'k.x + shift(k.t)' could reach 2147483650 on this grid with these params, ${INT}; values of table 'shift' count by the bounds that the pattern declares, { min, max }`,
  },
  {
    code: "integer-overflow",
    change: "",
    text: `'far(q.x) + 1' could reach 2147483648 on this grid with these params, ${INT}; values of table 'far' count by the bounds that the pattern declares, { min, max }`,
    by: "hinted",
  },
  {
    code: "zero-divisor",
    change: "args.params.step = 1;",
    text: "the divisor 'step - 1' could be 0 on this grid with these params",
  },
  {
    code: "too-many-tiles",
    change:
      "args.batch = args.tables.weight.extent[0] = 500000000; args.tables.weight.extent[1] = 1; args.lse = NULL; args.output = at(1ull << 50);",
    text: "the launch has 4000000000 tiles, expected at most 2147483647: launch fewer heads, or boxes of the grid with query_offset",
  },
  {
    code: "dtype-invalid",
    change: "args.dtype = 3;",
    text: "dtype is 3, expected MSCC_F32 (0), MSCC_F16 (1) or MSCC_BF16 (2)",
    by: "all",
  },
  {
    code: "no-kernel",
    change: "args.dtype = MSCC_F16; args.head_dim = 80;",
    text: "no kernel for f16, head dim 80, value dim 64; compiled are: bf16 64/64 (sm_90a, sm_80)",
    by: "all",
  },
  {
    code: "none-fits",
    change: "fake.major = 7; fake.minor = 5;",
    text: "no kernel can run this: busy_d64_v64_bf16_sm90a does not fit: needs compute capability 9.0, the device has 7.5; busy_d64_v64_bf16_sm80 does not fit: needs compute capability 8.0 or later, the device has 7.5",
    by: "all",
  },
  { code: "pointer-null", change: "args.k = NULL;", text: "k is NULL, expected a pointer to device memory", by: "all" },
  { code: "dtype-unfit", change: "args.dtype = MSCC_F32;", text: "dtype is 0, this kernel takes 2 (bf16)" },
  {
    code: "dims-unfit",
    change: "args.head_dim = 32;",
    text: "head dim is 32 and value dim is 64, this kernel is compiled for 64 and 64",
  },
  {
    code: "capability-unfit",
    change: "fake.major = 7; fake.minor = 5;",
    text: "needs compute capability 8.0 or later, the device has 7.5",
  },
  {
    code: "capability-unfit",
    change: "fake.major = 10;",
    text: "needs compute capability 9.0, the device has 10.0",
    by: "sm90a",
  },
  {
    code: "memory-unfit",
    change: "fake.memory = 65536;",
    text: "needs 98304 bytes of shared memory per block, the device allows 65536",
  },
  {
    code: "image-missing",
    change: "fake.function_error = cudaErrorNoKernelImageForDevice;",
    text: "the library holds no code of this kernel for compute capability 9.0: compile its file with nvcc -gencode arch=compute_80,code=compute_80",
  },
  {
    code: "map-dim-stride",
    change: "dense(args); for (int i = 0; i < 5; i++) args.q_stride[i] *= 2;",
    text: "axis 'dim' of q has stride 2, tensor maps take 1",
    by: "sm90a",
  },
  {
    code: "map-unaligned",
    change: "args.k = at(0x20008);",
    text: "k is at 0x20008, tensor maps take multiples of 16 bytes",
    by: "sm90a",
  },
  {
    code: "map-stride",
    change: "dense(args); args.v_stride[3] = 68;",
    text: "axis 'x' of v has stride 68, tensor maps take positive multiples of 8 elements (16 bytes) below 2^40 bytes",
    by: "sm90a",
  },
  {
    code: "map-stride",
    change: "dense(args); args.k_stride[1] = 0;",
    text: "axis 'heads' of k has stride 0, tensor maps take positive multiples of 8 elements (16 bytes) below 2^40 bytes",
    by: "sm90a",
  },
  {
    code: "map-ring",
    change: "args.key_ring[1] = 32;",
    text: "axis 'x' of the keys is a ring, and a key tile holds 8 positions along it",
    by: "sm90a",
  },
  {
    code: "driver-too-old",
    change: "fake.has_encoder = false;",
    text: "the driver has no cuTensorMapEncodeTiled, which came with CUDA 12.0",
    by: "sm90a",
  },
  {
    code: "map-failed",
    change: "fake.encoder_result = 1;",
    text: "cuTensorMapEncodeTiled for q failed with CUresult 1",
    by: "sm90a",
  },
  {
    code: "call-failed",
    change: "fake.device_error = cudaErrorNoDevice;",
    text: "cudaDeviceGetAttribute failed: no CUDA-capable device is detected (cudaErrorNoDevice)",
  },
  {
    code: "call-failed",
    change: "fake.launch_error = cudaErrorInvalidValue;",
    text: "cudaLaunchKernel failed: invalid argument (cudaErrorInvalidValue)",
  },
];
