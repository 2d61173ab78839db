// Errors of the emulated program: one line on stderr that says what and where, then the process ends with 70.
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <string>

extern "C" const char __executable_start[];

namespace emulation {

constexpr int EXIT_CODE = 70;

/// The block, thread and instruction that run; defined with the block.
std::string running_place();
/// Where the program called the instruction that runs, or null.
void *calling_address();
/// What follows is the program's own doing, not an instruction's.
void forget_instruction();

/// "file:line" of the program's own source, where it was built with -g1; else nothing.
inline std::string source_of(void *address) {
  if (!address) return "";
  const char *image = __executable_start;
  const bool moves = image[16] == 3;  // e_type: a position-independent executable.
  char command[96];
  snprintf(command, sizeof command, "addr2line -i -e /proc/%d/exe 0x%lx 2>/dev/null", (int)getpid(),
           (unsigned long)((char *)address - 1 - (moves ? image : nullptr)));
  FILE *pipe = popen(command, "r");
  if (!pipe) return "";
  // Innermost first; the inline functions of emulation.h do not count.
  std::string found;
  char line[512];
  while (fgets(line, sizeof line, pipe)) {
    std::string text = line;
    text.resize(std::min(text.find_first_of("\n("), text.size()));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    const size_t slash = text.rfind('/');
    if (slash != std::string::npos) text = text.substr(slash + 1);
    if (found.empty() && !text.empty() && text[0] != '?' && text.rfind("emulation.h:", 0) != 0) found = text;
  }
  pclose(pipe);
  return found;
}

inline std::string format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
inline std::string format(const char *pattern, ...) {
  char text[1024];
  va_list values;
  va_start(values, pattern);
  vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

[[noreturn]] inline void fail_at(void *address, const std::string &text) {
  const std::string place = running_place(), source = source_of(address);
  fflush(stdout);
  fprintf(stderr, "emulation: %s%s%s%s\n", place.c_str(), text.c_str(), source.empty() ? "" : ", at ", source.c_str());
  fflush(stderr);
  _exit(EXIT_CODE);
}

[[noreturn]] inline void fail(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
[[noreturn]] inline void fail(const char *pattern, ...) {
  char text[1024];
  va_list values;
  va_start(values, pattern);
  vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  fail_at(calling_address(), text);
}

/// A number from the environment.
inline long setting(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text && *text ? strtol(text, nullptr, 10) : otherwise;
}

}  // namespace emulation
