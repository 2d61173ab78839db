// Errors of the emulated program: one line on stderr that says what and where, then the process ends with 70.
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <string>

extern "C" const char __executable_start[];

namespace emulation {

constexpr int EXIT_CODE = 70;

/// The block, thread and instruction that run; defined with the block.
std::string running_place();
/// Where the program called the instruction that runs, or null.
void *calling_address();

/// "file:line" of an address of this program, where it was built with -g; else nothing.
inline std::string source_of(void *address) {
  if (!address) return "";
  const char *image = __executable_start;
  const bool moves = image[16] == 3;  // e_type: a position-independent executable.
  char command[96];
  snprintf(command, sizeof command, "addr2line -e /proc/%d/exe %p 2>/dev/null", (int)getpid(),
           (void *)((char *)address - 1 - (moves ? image : nullptr)));
  FILE *pipe = popen(command, "r");
  if (!pipe) return "";
  char line[512] = "";
  const bool read = fgets(line, sizeof line, pipe) != nullptr;
  pclose(pipe);
  std::string text = read ? line : "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.empty() || text[0] == '?') return "";
  const size_t end = text.find(" (");
  if (end != std::string::npos) text.resize(end);
  const size_t slash = text.rfind('/');
  return slash == std::string::npos ? text : text.substr(slash + 1);
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
