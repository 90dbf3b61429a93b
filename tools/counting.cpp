// Part of the binary that counts what programs run, for a release (scripts/release).
#include <cstdint>

extern "C" {

// LLVM's own runtime says only of programs that clang instrumented that their counts are of a link (the two bits). 10 is the form of LLVM 19.
extern const std::uint64_t __llvm_profile_raw_version;
__attribute__((visibility("hidden"))) const std::uint64_t __llvm_profile_raw_version = 10 | std::uint64_t{1} << 56 | std::uint64_t{1} << 57;

int __llvm_profile_write_file();
[[noreturn]] void __real__exit(int code);
[[noreturn]] void __wrap__exit(int code);

// The command ends without what is written at an exit.
void __wrap__exit(int code) {
  __llvm_profile_write_file();
  __real__exit(code);
}
}
