/** One small device function per instruction that C++ has no name for, as inline PTX. Sources: PTX ISA 9.0. */
import { DEVICE } from "./dialect.js";

/** How 16-bit elements are stored. */
export type Half = "f16" | "bf16";

/** A product of a warpgroup, 64 x n x 16, whose left factor comes from shared memory or from registers. */
export interface Product {
  readonly half: Half;
  readonly n: number;
  readonly from: "shared" | "registers";
}

interface Instruction {
  readonly name: string;
  readonly text: string;
}

const instruction = (name: string, text: string): Instruction => ({ name, text });

const COMMON: readonly Instruction[] = [
  instruction(
    "shared_memory",
    `${DEVICE} unsigned char *shared_memory() {
  extern __shared__ __align__(1024) unsigned char memory[];
  return memory;
}`,
  ),
  instruction(
    "shared_address",
    `// Address in the window of shared memory, in bytes.
${DEVICE} u32 shared_address(const void *shared) {
  return u32(__cvta_generic_to_shared(shared));
}`,
  ),
  instruction(
    "fast_exp2",
    `// 2 to the power of x, to about 22 bits.
${DEVICE} f32 fast_exp2(f32 x) {
  f32 y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}`,
  ),
  ...(["f16", "bf16"] as const).flatMap((half) => [
    instruction(
      `widen_${half}`,
      half === "f16"
        ? `${DEVICE} f32 widen_f16(Element x) {
  f32 y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x));
  return y;
}`
        : `${DEVICE} f32 widen_bf16(Element x) {
  return __int_as_float(i32(u32(x) << 16));
}`,
    ),
    instruction(
      `narrow_${half}`,
      `// Rounds to nearest even.
${DEVICE} Element narrow_${half}(f32 x) {
  Element y;
  asm("cvt.rn.${half}.f32 %0, %1;" : "=h"(y) : "f"(x));
  return y;
}`,
    ),
    instruction(
      `pack_${half}`,
      `// Two elements in 32 bits, the first in the low half.
${DEVICE} u32 pack_${half}(f32 low, f32 high) {
  u32 y;
  asm("cvt.rn.${half}x2.f32 %0, %1, %2;" : "=r"(y) : "f"(high), "f"(low));
  return y;
}`,
    ),
  ]),
  instruction(
    "copy_async_16",
    `// Copies 16 bytes to shared memory in the background; where not valid, writes zeros and reads nothing.
${DEVICE} void copy_async_16(void *shared, const void *global, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global), "r"(valid ? 16 : 0) : "memory");
}`,
  ),
  instruction(
    "copy_async_commit",
    `${DEVICE} void copy_async_commit() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}`,
  ),
  instruction(
    "copy_async_wait",
    `// Until all but the last N groups of copies have arrived.
template <int N>
${DEVICE} void copy_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}`,
  ),
  ...["", "_transposed"].map((suffix) =>
    instruction(
      `load_matrix_4${suffix}`,
      `// Four matrices of 8 x 8 elements; each lane gives the address of one row.
${DEVICE} void load_matrix_4${suffix}(u32 (&r)[4], const void *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4${suffix ? ".trans" : ""}.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}`,
    ),
  ),
  ...(["f16", "bf16"] as const).map((half) =>
    instruction(
      `mma_${half}`,
      `// d += a b, 16 x 8 x 16, by a warp.
${DEVICE} void mma_${half}(f32 (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.${half}.${half}.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}`,
    ),
  ),
];

const HOPPER: readonly Instruction[] = [
  instruction(
    "barrier_init",
    `${DEVICE} void barrier_init(u64 *barrier, u32 count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count) : "memory");
}`,
  ),
  instruction(
    "barrier_init_fence",
    `// Makes initialised barriers known to the copy engine.
${DEVICE} void barrier_init_fence() {
  asm volatile("fence.mbarrier_init.release.cluster; fence.proxy.async.shared::cta;" ::: "memory");
}`,
  ),
  instruction(
    "barrier_arrive",
    `${DEVICE} void barrier_arrive(u64 *barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}`,
  ),
  instruction(
    "barrier_expect",
    `// Arrives, and lets the phase wait for so many bytes.
${DEVICE} void barrier_expect(u64 *barrier, u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes) : "memory");
}`,
  ),
  instruction(
    "barrier_wait",
    `// Until the phase of that parity is complete.
${DEVICE} void barrier_wait(u64 *barrier, u32 parity) {
  u32 done = 0u;
  while (done == 0u) {
    asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }"
                 : "=r"(done)
                 : "r"(shared_address(barrier)), "r"(parity)
                 : "memory");
  }
}`,
  ),
  instruction(
    "prefetch_map",
    `${DEVICE} void prefetch_map(const TensorMap *map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory");
}`,
  ),
  instruction(
    "load_box",
    `// Copies a box of a tensor to shared memory in the background; the barrier counts its bytes.
${DEVICE} void load_box(void *shared, const TensorMap *map, u64 *barrier, i32 c0, i32 c1, i32 c2, i32 c3, i32 c4) {
  asm volatile("cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5, %6, %7}], [%2];" ::"r"(shared_address(shared)),
               "l"(map), "r"(shared_address(barrier)), "r"(c0), "r"(c1), "r"(c2), "r"(c3), "r"(c4)
               : "memory");
}`,
  ),
  instruction(
    "wgmma_fence",
    `${DEVICE} void wgmma_fence() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}`,
  ),
  instruction(
    "wgmma_commit",
    `${DEVICE} void wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}`,
  ),
  instruction(
    "wgmma_wait",
    `// Until all but the last N groups of products are done.
template <int N>
${DEVICE} void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory");
}`,
  ),
  instruction(
    "registers_fence",
    `// What reads or writes accumulators stays on its side of this.
template <int N>
${DEVICE} void registers_fence(f32 (&d)[N][4]) {
#pragma unroll
  for (int i = 0; i < 4 * N; i++) {
    asm volatile("" : "+f"(d[i / 4][i % 4])::"memory");
  }
}`,
  ),
  instruction(
    "registers_take",
    `template <int N>
${DEVICE} void registers_take() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(N));
}`,
  ),
  instruction(
    "registers_release",
    `template <int N>
${DEVICE} void registers_release() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(N));
}`,
  ),
  instruction(
    "group_sync",
    `${DEVICE} void group_sync(i32 id, i32 threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}`,
  ),
];

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** A product of a warpgroup, 64 x N x 16: `a` by descriptor (`wgmma_shared`) or from registers (`wgmma_registers`). */
function wgmma(half: Half, n: number, from: "shared" | "registers"): Instruction {
  const count = n / 2;
  const name = `wgmma_${from}_${half}`;
  const accumulators = range(count).map((i) => `%${i}`);
  const lines = range(Math.ceil(count / 16)).map(
    (i) => `"${accumulators.slice(16 * i, 16 * i + 16).join(", ")}${16 * i + 16 < count ? ", " : ""}"`,
  );
  const outputs = range(count).map((i) => `"+f"(d[${i >> 2}][${i & 3}])`);
  const [b, scale] = from === "shared" ? [count + 1, count + 2] : [count + 4, count + 5];
  const a =
    from === "shared"
      ? `%${count}`
      : `{${range(4)
          .map((i) => `%${count + i}`)
          .join(", ")}}`;
  const inputs =
    from === "shared"
      ? `"l"(a)`
      : range(4)
          .map((i) => `"r"(a[${i}])`)
          .join(", ");
  const modes = from === "shared" ? "p, 1, 1, 0, 0" : "p, 1, 1, 1";
  return instruction(
    name,
    `template <>
__device__ __forceinline__ void ${name}<${n}>(f32 (&d)[${n / 8}][4], ${from === "shared" ? "u64 a" : "const u32 (&a)[4]"}, u64 b, bool accumulate) {
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %${scale}, 0; wgmma.mma_async.sync.aligned.m64n${n}k16.f32.${half}.${half} {"
               ${lines.join("\n               ")}
               "}, ${a}, %${b}, ${modes}; }"
               : ${outputs.join(", ")}
               : ${inputs}, "l"(b), "r"(i32(accumulate)));
}`,
  );
}

const wgmmaTemplate = (half: Half, from: "shared" | "registers"): string => `// ${
  from === "shared"
    ? "d = a b, or d += a b, 64 x N x 16, by a warpgroup; a and b in shared memory, elements of the inner dimension side by side."
    : "The same with a in registers and b in shared memory, elements of the outer dimension side by side."
}
template <int N>
${DEVICE} void wgmma_${from}_${half}(f32 (&d)[N / 8][4], ${from === "shared" ? "u64 a" : "const u32 (&a)[4]"}, u64 b, bool accumulate);`;

/** The instructions that a text calls; the header of an emulation has them under the same names. */
export function emitInstructions(text: string, products: readonly Product[] = []): string {
  const known = [...COMMON, ...HOPPER];
  const wanted = new Set<Instruction>();
  const add = (body: string) => {
    for (const each of known) {
      if (!wanted.has(each) && new RegExp(`\\b${each.name}[(<]`).test(body)) {
        wanted.add(each);
        add(each.text);
      }
    }
  };
  add(text);
  const templates = new Set(products.map(({ half, from }) => wgmmaTemplate(half, from)));
  const all = [
    ...known.filter((each) => wanted.has(each)).map((each) => each.text),
    ...templates,
    ...products.map(({ half, n, from }) => wgmma(half, n, from).text),
  ];
  return `#ifdef __CUDACC__\n${all.join("\n\n")}\n#endif`;
}
