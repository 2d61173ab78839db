// Runs the light cone on random tensors from C++: fills the struct of the header, launches once, prints some of the output.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "lightCone.h"

namespace {

/// Says what failed; true where nothing did.
bool succeeded(cudaError_t error, const char *what) {
  if (error != cudaSuccess) std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
  return error == cudaSuccess;
}

/// The nearest bf16, as bits; ties go to even.
std::uint16_t narrow(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float widen(std::uint16_t half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// A tensor of normally distributed elements on the device; NULL where there was no room.
void *random_tensor(std::size_t count, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  std::vector<std::uint16_t> values(count);
  for (auto &value : values) value = narrow(normal(random));
  void *tensor = nullptr;
  if (!succeeded(cudaMalloc(&tensor, count * sizeof(std::uint16_t)), "cudaMalloc")) return nullptr;
  if (!succeeded(cudaMemcpy(tensor, values.data(), count * sizeof(std::uint16_t), cudaMemcpyHostToDevice), "cudaMemcpy")) {
    cudaFree(tensor);
    return nullptr;
  }
  return tensor;
}

void say(void *, const char *text) { std::fprintf(stderr, "%s\n", text); }

}  // namespace

int main() {
  const int batch = 1, heads = 8, dim = 64;
  const int extents[] = {21, 45, 80};  // t, y, x
  const std::size_t rows = std::size_t(batch) * heads * extents[0] * extents[1] * extents[2];

  mscc_lightCone_args args = {};
  args.dtype = MSCC_BF16;
  args.batch = batch;
  args.heads = args.key_heads = heads;
  args.head_dim = args.value_dim = dim;
  for (int axis = 0; axis < 3; axis++) args.query_extent[axis] = args.key_extent[axis] = extents[axis];
  args.params.frames = 5;
  args.params.radius = 2;
  args.params.speed = 2;
  args.log = say;
  char message[1024] = "";
  args.message = message;
  args.message_size = sizeof message;

  std::mt19937 random(1);
  args.q = random_tensor(rows * dim, random);
  args.k = random_tensor(rows * dim, random);
  args.v = random_tensor(rows * dim, random);
  void *lse = nullptr;
  bool is_fine = args.q && args.k && args.v && succeeded(cudaMalloc(&args.output, rows * dim * 2), "cudaMalloc") &&
                 succeeded(cudaMalloc(&lse, rows * sizeof(float)), "cudaMalloc");
  args.lse = static_cast<float *>(lse);

  if (is_fine) {
    const int status = mscc_lightCone_forward(&args, nullptr);
    if (status != MSCC_OK) std::fprintf(stderr, "status %d: %s\n", status, message);
    is_fine = status == MSCC_OK && succeeded(cudaDeviceSynchronize(), "the kernel");
  }
  if (is_fine) {
    std::uint16_t output[4];
    float sums[4];
    is_fine = succeeded(cudaMemcpy(output, args.output, sizeof output, cudaMemcpyDeviceToHost), "cudaMemcpy") &&
              succeeded(cudaMemcpy(sums, args.lse, sizeof sums, cudaMemcpyDeviceToHost), "cudaMemcpy");
    for (int i = 0; i < 4 && is_fine; i++) {
      std::printf("output[0, 0, 0, 0, 0, %d] = %8.5f    lse[0, 0, 0, 0, %d] = %8.5f\n", i, widen(output[i]), i, sums[i]);
    }
  }
  for (const void *tensor : {args.q, args.k, args.v}) cudaFree(const_cast<void *>(tensor));
  cudaFree(args.output);
  cudaFree(lse);
  return is_fine ? 0 : 1;
}
