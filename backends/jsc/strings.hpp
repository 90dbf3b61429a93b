// Between the format's UTF-8 and the engine's strings.
#pragma once
#include "prelude.hpp"

#include <string>
#include <string_view>

namespace bmes::jsc {

/// The engine's string of UTF-8 text; what is not well-formed becomes U+FFFD, as everywhere on the web.
WTF::String to_wtf(std::string_view utf8);

/// The text of a module's source: as to_wtf, without the byte order mark it may start with.
WTF::String decode_source(std::string_view utf8);

/// UTF-8 of `text`; nothing when it has a lone surrogate, which UTF-8 can't hold.
std::optional<std::string> to_utf8(WTF::StringView text);

}  // namespace bmes::jsc
