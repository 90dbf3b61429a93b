#include "prelude.hpp"

#include "inspect.hpp"

#include <unistd.h>
#include <cstdlib>

namespace bmes::jsc {

using namespace JSC;

String inspect_number(double number) { return number == 0 && std::signbit(number) ? String("-0"_s) : String::number(number); }

String separated(const String& digits) {
  // Only plain decimals are separated: "1e21" and "Infinity" stay.
  for (unsigned i = 0; i < digits.length(); i++)
    if (!isASCIIDigit(digits[i]) && digits[i] != '.' && digits[i] != '-') return digits;
  const auto point = digits.find('.');
  const unsigned whole = point == notFound ? digits.length() : static_cast<unsigned>(point);
  const unsigned first = digits.startsWith('-') ? 1 : 0;
  StringBuilder out;
  for (unsigned i = 0; i < digits.length(); i++) {
    const bool before = i > first && i < whole && (whole - i) % 3 == 0;
    const bool behind = i > whole + 1 && (i - whole - 1) % 3 == 0;
    if (before || behind) out.append('_');
    out.append(digits[i]);
  }
  return out.toString();
}

String colored(const String& text, style as) {
  struct codes {
    ASCIILiteral on, off;
  };
  constexpr codes of[] = {{"36"_s, "39"_s}, {"33"_s, "39"_s}, {"33"_s, "39"_s}, {"33"_s, "39"_s}, {"90"_s, "39"_s}, {"1"_s, "22"_s},
                          {"32"_s, "39"_s}, {"32"_s, "39"_s}, {"35"_s, "39"_s}, {"31"_s, "39"_s}, {"4"_s, "24"_s}};
  const codes& c = of[static_cast<std::size_t>(as)];
  return makeString("\x1b["_s, c.on, 'm', text, "\x1b["_s, c.off, 'm');
}

unsigned plain_length(StringView text) {
  unsigned length = 0;
  for (unsigned i = 0; i < text.length(); i++) {
    if (text[i] != 27) {
      length++;
      continue;
    }
    while (i < text.length() && text[i] != 'm') i++;
  }
  return length;
}

bool has_colors(int descriptor) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value ? value : "");
  };
  if (std::getenv("FORCE_COLOR")) return variable("FORCE_COLOR") != "0" && variable("FORCE_COLOR") != "false";
  return variable("NO_COLOR").empty() && variable("NODE_DISABLE_COLORS").empty() && variable("TERM") != "dumb" && ::isatty(descriptor) == 1;
}

String iso_text(double milliseconds) {
  double days = std::floor(milliseconds / 86400000);
  auto in_day = static_cast<int>(milliseconds - days * 86400000);
  std::chrono::year_month_day date{};
  // The calendar of <chrono> ends with year 32767, JavaScript's with 275760: shift by whole cycles of 400 years.
  int cycles = static_cast<int>(std::floor(days / 146097));
  date = std::chrono::sys_days(std::chrono::days(static_cast<int>(days - cycles * 146097.0)));
  int year = static_cast<int>(date.year()) + cycles * 400;
  char text[40];
  std::snprintf(text, sizeof text,
                year < 0      ? "-%06d-%02u-%02uT%02d:%02d:%02d.%03dZ"
                : year > 9999 ? "+%06d-%02u-%02uT%02d:%02d:%02d.%03dZ"
                              : "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                std::abs(year), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), in_day / 3600000, in_day / 60000 % 60,
                in_day / 1000 % 60, in_day % 1000);
  return String::fromLatin1(text);
}

void append_escaped(StringBuilder& out, StringView text, UChar quoting) {
  auto hex = [](unsigned digit, char ten) { return static_cast<LChar>(digit < 10 ? '0' + digit : ten + digit - 10); };
  for (unsigned i = 0; i < text.length(); i++) {
    UChar unit = text[i];
    bool lone = false;
    if ((unit & 0xf800) == 0xd800) {
      bool paired = unit < 0xdc00 && i + 1 < text.length() && (text[i + 1] & 0xfc00) == 0xdc00;
      if (paired) {
        out.append(unit);
        out.append(text[++i]);
        continue;
      }
      lone = true;
    }
    if (lone) {
      out.append("\\u"_s);
      for (int shift = 12; shift >= 0; shift -= 4) out.append(hex(unit >> shift & 15, 'a'));
    } else if (unit == '\b') {
      out.append("\\b"_s);
    } else if (unit == '\t') {
      out.append("\\t"_s);
    } else if (unit == '\n') {
      out.append("\\n"_s);
    } else if (unit == '\f') {
      out.append("\\f"_s);
    } else if (unit == '\r') {
      out.append("\\r"_s);
    } else if (unit == '\\' || (quoting && unit == quoting)) {
      out.append('\\');
      out.append(unit);
    } else if (unit < 32 || (unit > 126 && unit < 160)) {
      out.append("\\x"_s);
      out.append(hex(unit >> 4, 'A'));
      out.append(hex(unit & 15, 'A'));
    } else {
      out.append(unit);
    }
  }
}

String quote(StringView text) {
  UChar quoting = '\'';
  if (text.contains('\'')) {
    if (!text.contains('"'))
      quoting = '"';
    else if (!text.contains('`') && text.find("${"_s) == notFound)
      quoting = '`';
  }
  StringBuilder out;
  out.reserveCapacity(text.length() + 2);
  out.append(quoting);
  // The other two kinds are only chosen when the text holds none of them.
  append_escaped(out, text, quoting == '\'' ? quoting : 0);
  out.append(quoting);
  return out.toString();
}

static bool is_wide(char32_t c) {
  return c >= 0x1100 &&
         (c <= 0x115f || c == 0x2329 || c == 0x232a || (c >= 0x2e80 && c <= 0x3247 && c != 0x303f) || (c >= 0x3250 && c <= 0x4dbf) ||
          (c >= 0x4e00 && c <= 0xa4c6) || (c >= 0xa960 && c <= 0xa97c) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
          (c >= 0xfe10 && c <= 0xfe19) || (c >= 0xfe30 && c <= 0xfe6b) || (c >= 0xff01 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) ||
          (c >= 0x1b000 && c <= 0x1b001) || (c >= 0x1f200 && c <= 0x1f251) || (c >= 0x1f300 && c <= 0x1f64f) || (c >= 0x1f680 && c <= 0x1f6ff) ||
          (c >= 0x1f900 && c <= 0x1f9ff) || (c >= 0x20000 && c <= 0x3fffd));
}

static bool is_zero_width(char32_t c) {
  return c <= 0x1f || (c >= 0x7f && c <= 0x9f) || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x20d0 && c <= 0x20ff) ||
         (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xfe20 && c <= 0xfe2f) || (c >= 0xe0100 && c <= 0xe01ef);
}

unsigned width_of(StringView text) {
  unsigned width = 0;
  bool in_color = false;
  for (char32_t c : text.codePoints()) {
    if (in_color || c == 27) {
      in_color = c != 'm';
      continue;
    }
    width += is_zero_width(c) ? 0 : is_wide(c) ? 2 : 1;
  }
  return width;
}

bool is_identifier_like(StringView text) {
  if (text.isEmpty() || isASCIIDigit(text[0])) return false;
  for (unsigned i = 0; i < text.length(); i++)
    if (!isASCIIAlphanumeric(text[i]) && text[i] != '_') return false;
  return true;
}

}  // namespace bmes::jsc
