// How the entries of an object are spread over lines and columns.
#include "prelude.hpp"

#include "inspector.hpp"

#include <algorithm>
#include <cmath>

namespace bmes::jsc {

using namespace JSC;

static void append_spaces(StringBuilder& out, double count) {
  for (; count >= 1; count--) out.append(' ');
}

bool inspector::fits(const strings& entries, double start, const String& base) {
  double total = entries.size() + start;
  if (total + entries.size() > options_.break_length) return false;
  for (auto& entry : entries) {
    total += options_.colors ? plain_length(entry) : entry.length();
    if (total > options_.break_length) return false;
  }
  return base.isEmpty() || !base.contains('\n');
}

strings inspector::group(strings entries, JSObject* array) {
  constexpr unsigned separator = 2;
  double total = 0;
  unsigned widest = 0;
  // The line "... n more items" takes no part.
  std::size_t count = entries.size() - (options_.max_array_length < entries.size() ? 1 : 0);
  Vector<unsigned> widths;
  for (std::size_t i = 0; i < count; i++) {
    unsigned width = width_of(entries[i]);
    widths.append(width);
    total += width + separator;
    widest = std::max(widest, width);
  }
  double column = widest + separator;
  // At least three columns, and no single long entry that would leave the others far apart.
  if (column * 3 + indentation_ >= options_.break_length || (total / column <= 5 && widest > 6)) return entries;
  constexpr double characters_high = 2.5;  // a character is about that much higher than wide; a square looks best
  double bias = std::sqrt(column - total / entries.size());
  double biased = std::max(column - 3 - bias, 1.0);
  auto columns = static_cast<std::size_t>(std::max(0.0, std::min({
                                                            std::floor(std::sqrt(characters_high * biased * count) / biased + 0.5),
                                                            std::floor((options_.break_length - indentation_) / column),
                                                            options_.compact * 4,
                                                            15.0,
                                                        })));
  if (columns <= 1) return entries;
  Vector<unsigned> column_widths;
  for (std::size_t i = 0; i < columns; i++) {
    unsigned width = 0;
    for (std::size_t j = i; j < count; j += columns) width = std::max(width, widths[j]);
    column_widths.append(width + separator);
  }
  // Numbers are aligned to the right. Typed arrays hold nothing else.
  bool numbers = true;
  if (array->inherits<JSArray>())
    for (unsigned i = 0; numbers && i < entries.size(); i++)
      numbers = array->canGetIndexQuickly(i) && (array->getIndexQuickly(i).isNumber() || array->getIndexQuickly(i).isBigInt());
  strings lines;
  for (std::size_t i = 0; i < count; i += columns) {
    std::size_t end = std::min(i + columns, count);
    StringBuilder line;
    for (std::size_t j = i; j < end; j++) {
      bool last = j + 1 == end;
      double padding = column_widths[j - i] - separator - widths[j];
      if (numbers) append_spaces(line, padding);
      line.append(entries[j]);
      if (!last) line.append(", "_s);
      if (!numbers && !last) append_spaces(line, padding);
    }
    lines.append(line.toString());
  }
  if (count < entries.size()) lines.append(entries.last());
  return lines;
}

String inspector::lay_out(strings entries, const String& base, const String& open, const String& close, kind extras, double depth, JSObject* object) {
  StringBuilder out;
  if (!base.isEmpty()) {
    out.append(base);
    out.append(' ');
  }
  out.append(open);
  auto join = [&](const String& separator) {
    bool first = true;
    for (auto& entry : entries) {
      if (!first) out.append(separator);
      first = false;
      out.append(entry);
    }
  };
  if (options_.compact >= 1) {
    std::size_t before = entries.size();
    if (extras == kind::array_extra && before > 6) entries = group(WTFMove(entries), object);
    // Up to `compact` inner levels go on one line, if they fit.
    if (current_depth_ - depth < options_.compact && before == entries.size()) {
      double start = entries.size() + indentation_ + open.length() + base.length() + 10.0;
      bool broken = std::any_of(entries.begin(), entries.end(), [](auto& entry) { return entry.contains('\n'); });
      if (!broken && fits(entries, start, base)) {
        out.append(' ');
        join(", "_s);
        out.append(' ');
        out.append(close);
        return out.toString();
      }
    }
  }
  StringBuilder separator;
  separator.append(",\n"_s);
  append_spaces(separator, indentation_ + 2);
  out.append('\n');
  append_spaces(out, indentation_ + 2);
  join(separator.toString());
  out.append('\n');
  append_spaces(out, indentation_);
  out.append(close);
  return out.toString();
}

}  // namespace bmes::jsc
