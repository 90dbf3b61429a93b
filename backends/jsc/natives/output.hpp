// Writing to a file descriptor, whole.
#pragma once

#include <string_view>

namespace bmes::jsc {

/// Writes everything, in one write(2) if the kernel takes it, waiting where a pipe is full. Nothing is buffered, so nothing is lost
/// or reordered however the program ends. False, quietly, if the other side is gone: the program's work may still matter.
bool write_all(int descriptor, std::string_view bytes);

}  // namespace bmes::jsc
