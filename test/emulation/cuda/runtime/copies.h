// cp.async: 16 bytes from global to shared memory that arrive when the thread that asked for them waits.
#pragma once

#include "numbers.h"

unsigned char *shared_memory() { return (unsigned char *)emulation::shared.base; }

unsigned int shared_address(const void *address) {
  EMULATION_INSTRUCTION("shared_address");
  return (unsigned)emulation::shared_range(address, 1, 1, "of");
}

void copy_async_16(void *to, const void *from, bool valid) {
  using namespace emulation;
  EMULATION_INSTRUCTION("copy_async_16");
  const long at = shared_range(to, 16, 16, "writes");
  if (valid) {
    if ((uintptr_t)from % 16 != 0) fail("reads 16 bytes at %s, an address that is not a multiple of 16", describe_global(from).c_str());
    check_global(from, 16, false, "reads");
  }
  note_write(at, 16, own_access(), own_clocks(), "writes");
  poison_shared(at, 16, "writes");
  self->copies.push_back({(char *)to, valid ? (const char *)from : nullptr});
}

void copy_async_commit() {
  using namespace emulation;
  EMULATION_INSTRUCTION("copy_async_commit");
  self->copy_groups.push_back(std::move(self->copies));
  self->copies.clear();
}

void emulation::copy_async_wait(int groups) {
  EMULATION_INSTRUCTION("copy_async_wait");
  while ((int)self->copy_groups.size() > groups) {
    for (auto &copy : self->copy_groups.front()) {
      const long at = shared.offset(copy.to);
      fill_shared(at, copy.from, 16);
      // The write is the waiting thread's: others see it after they have synchronised with it since.
      note_write(at, 16, own_access(), own_clocks(), "writes");
    }
    self->copy_groups.pop_front();
  }
}
