// The text that console.log shows for a value: what Node's util.inspect prints.
#pragma once

#include "native.hpp"

#include <limits>

namespace bmes::jsc {

struct inspect_options {
  double depth = 2;
  double max_array_length = 100;
  double max_string_length = 10000;
  double break_length = 80;
  double compact = 3;
  bool show_hidden = false;
  bool show_proxy = false;
  bool custom_inspect = true;
  bool getters = false;
  bool sorted = false;
  bool colors = false;
  bool numeric_separator = false;
};

/// The kinds of text that have a colour of their own.
enum class style : std::uint8_t { special, number, bigint, boolean, undefined, null, string, symbol, date, regexp, module };

/// Coloured for a terminal.
WTF::String colored(const WTF::String&, style);
/// Characters, without those that colour.
unsigned plain_length(WTF::StringView);
/// Whether what is written to that descriptor may be coloured, as the terminal and the environment have it.
bool has_colors(int descriptor);

/// Leaves no exception pending but the one that stops the program.
WTF::String inspect(JSC::JSGlobalObject*, JSC::JSValue, const inspect_options& = {});

/// Of a program's options object, or the defaults. May throw.
inspect_options read_inspect_options(JSC::JSGlobalObject*, JSC::JSValue);

/// console.log's arguments as one string: %-placeholders filled, the rest inspected and joined by spaces. May throw what a
/// program's own toString throws.
WTF::String format_arguments(JSC::JSGlobalObject*, const JSC::ArgList&, const inspect_options& = {});

/// A number as inspect prints it: -0 keeps its sign.
WTF::String inspect_number(double);
/// With "_" between groups of three digits.
WTF::String separated(const WTF::String& digits);

/// Date.prototype.toISOString of a valid time.
WTF::String iso_text(double milliseconds);

/// Quoted and escaped: single quotes unless others spare escapes.
WTF::String quote(WTF::StringView);
/// Escaped the same way, without quotes, where the text itself contains `quoting`.
void append_escaped(WTF::StringBuilder&, WTF::StringView, UChar quoting);
/// Columns on a terminal: 2 for wide characters, 0 for combining ones.
unsigned width_of(WTF::StringView);
bool is_identifier_like(WTF::StringView);

}  // namespace bmes::jsc
