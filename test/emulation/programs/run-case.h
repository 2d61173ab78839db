// Reads a launch from a file, as test/conformance/cuda-launch.ts writes it, and writes what came of it: numbers are
// doubles, memory is its length in bytes and then the bytes, filled up to a multiple of 8.
#pragma once

#include <cuda_runtime.h>
#include <stdio.h>

#include <string>
#include <vector>

/// What the arguments of every variant begin with; params and tables differ.
class CaseFile {
 public:
  explicit CaseFile(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fprintf(stderr, "cannot open %s\n", path), exit(2);
    fseek(file, 0, SEEK_END);
    bytes_.resize((size_t)ftell(file));
    rewind(file);
    if (fread(bytes_.data(), 1, bytes_.size(), file) != bytes_.size()) exit(2);
    fclose(file);
  }

  double number() {
    double value;
    memcpy(&value, take(8), 8);
    return value;
  }

  /// Memory on the emulated device and the address of its element; null where the file says so.
  void *memory(const char *name, emulation::Use use) {
    const double shift = number();
    if (shift < 0) return nullptr;
    const size_t bytes = (size_t)number();
    char *made = (char *)emulation::allocate(name, bytes, use);
    memcpy(made, take((bytes + 7) / 8 * 8), bytes);
    if (use == emulation::Use::result) results_.push_back({made, bytes});
    return made + (size_t)shift;
  }

  template <class Args> void common(Args &args) {
    for (int *field : {&args.dtype, &args.batch, &args.heads, &args.key_heads, &args.head_dim, &args.value_dim}) *field = (int)number();
    numbers(args.query_extent);
    numbers(args.key_extent);
    numbers(args.query_offset);
    numbers(args.key_offset);
    numbers(args.query_size);
    numbers(args.key_size);
    numbers(args.key_ring);
    args.q = memory("q", emulation::Use::operand);
    args.k = memory("k", emulation::Use::operand);
    args.v = memory("v", emulation::Use::operand);
    args.output = memory("output", emulation::Use::result);
    args.lse = (float *)memory("lse", emulation::Use::result);
    numbers(args.q_stride);
    numbers(args.k_stride);
    numbers(args.v_stride);
    numbers(args.output_stride);
    numbers(args.lse_stride);
    args.scale = (float)number();
    args.log = [](void *context, const char *text) { *(std::string *)context += std::string(text) + "\n"; };
    args.log_context = &log_;
    args.message = message_;
    args.message_size = sizeof message_;
  }

  template <class T, size_t N> void numbers(T (&values)[N]) {
    for (T &value : values) value = (T)number();
  }

  /// Writes status, message, log, and the memory of every result.
  int finish(const char *path, int status) {
    FILE *file = fopen(path, "wb");
    if (!file) return 2;
    const double number = status;
    fwrite(&number, 8, 1, file);
    write(file, message_, strlen(message_));
    write(file, log_.data(), log_.size());
    for (auto &each : results_) write(file, each.memory, each.bytes);
    return fclose(file) == 0 ? 0 : 2;
  }

 private:
  struct Result {
    const char *memory;
    size_t bytes;
  };

  const char *take(size_t bytes) {
    if (at_ + bytes > bytes_.size()) fprintf(stderr, "the case ends too early\n"), exit(2);
    at_ += bytes;
    return bytes_.data() + at_ - bytes;
  }

  static void write(FILE *file, const char *memory, size_t bytes) {
    const double length = (double)bytes;
    fwrite(&length, 8, 1, file);
    fwrite(memory, 1, bytes, file);
    fwrite("\0\0\0\0\0\0\0", 1, (8 - bytes % 8) % 8, file);
  }

  std::vector<char> bytes_;
  size_t at_ = 0;
  std::vector<Result> results_;
  std::string log_;
  char message_[1024] = "";
};
