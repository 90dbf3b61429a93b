#include "trace.hpp"

#include <bmes/utf8.hpp>
#include <fmt/format.h>

namespace bmes::tools {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto good = first_bad_utf8(as_bytes(text));
    for (const char c : text.substr(0, good)) {
      switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\t': out += "\\t"; break;
        case '\r': out += "\\r"; break;
        default:
          if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
          } else {
            out += c;
          }
      }
    }
    text.remove_prefix(good);
    if (text.empty()) break;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  return out + "\"";
}

std::string to_json(const run_trace& t) {
  std::string remote;
  if (const fleet::session_trace& r = t.remote; !r.result.empty() || !r.upload.empty())
    remote = fmt::format(R"(,"remote":"{}","remote_detail":{},"remote_ms":{:.3f},"received_bytes":{},"upload":"{}","sent_bytes":{})", r.result,
                         json_string(r.detail), r.milliseconds, r.received_bytes, r.upload, r.sent_bytes);
  return fmt::format(
      R"({{"result":{},"reason":{},"detail":{},"modules":{},"hits":{},"parsed":{},"refused":{},"file":{},"written_bytes":{},"load_ms":{:.3f},"total_ms":{:.3f}{}}})",
      json_string(t.result), json_string(t.reason), json_string(t.detail), t.counts.modules, t.counts.hits, t.counts.parsed, t.counts.refused,
      json_string(t.file), t.written_bytes, t.counts.load_ms, t.total_ms, remote);
}

std::string to_text(const run_trace& t) {
  const run_counts& c = t.counts;
  const auto from_cache = c.modules - c.from_source;
  std::string out = fmt::format("bmes: {}: {} of {} module{} from the cache, {} parsed\n", t.result, from_cache, c.modules, c.modules == 1 ? "" : "s", c.parsed);
  if (!t.reason.empty()) out += fmt::format("  why      {}{}{}\n", t.reason, t.detail.empty() ? "" : ": ", t.detail);
  if (c.refused != 0) out += fmt::format("  refused  {}: the engine did not take their code\n", c.refused);
  if (!t.file.empty()) out += fmt::format("  file     {}{}\n", t.file, t.written_bytes == 0 ? "" : fmt::format(", written: {} bytes", t.written_bytes));
  if (const fleet::session_trace& r = t.remote; !r.result.empty())
    out += fmt::format("  remote   {}{}{}, {:.1f} ms, {} bytes received\n", r.result, r.detail.empty() ? "" : ": ", r.detail, r.milliseconds, r.received_bytes);
  if (const fleet::session_trace& r = t.remote; !r.upload.empty()) out += fmt::format("  upload   {}, {} bytes\n", r.upload, r.sent_bytes);
  out += fmt::format("  time     {:.1f} ms, {:.1f} ms of them to load and link the modules\n", t.total_ms, c.load_ms);
  return out;
}

}  // namespace bmes::tools
