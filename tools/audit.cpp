#include "audit.hpp"

#include "compression.hpp"
#include "describe.hpp"
#include "engines.hpp"
#include "files.hpp"
#include "formats.hpp"
#include "module_files.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bmes/freshness.hpp>
#include <bmes/owned.hpp>
#include <cstring>
#include <numeric>

namespace bmes::tools {
namespace {

std::string text_of(const module_request& r) {
  std::string out(r.specifier);
  for (const import_attribute& a : r.attributes) out.append(" ").append(a.key).append("=").append(a.value);
  return r.phase == import_phase::evaluation ? out : out.append(r.phase == import_phase::defer ? " (defer)" : " (source)");
}
std::string text_of(const import_entry& e) {
  return fmt::format("{} of {} as {}{}", words_for(e.import_name), e.module_request, e.local_name,
                     e.type == import_type::single_type_script ? " (type)" : "");
}
std::string text_of(const export_entry& e) {
  return fmt::format("{}: {} {} {}", e.export_name, words_for(e.local_name), words_for(e.import_name), words_for(e.module_name));
}
std::string text_of(const star_export& s) { return std::string(s.module_name); }
std::string text_of(const variable& v) {
  return fmt::format("{} {} {:x}", words_for(v.variable_name), v.scope == variable_scope::lexical ? "lexical" : "declared", v.bits);
}

template <class Entry>
std::vector<std::string> texts_of(const std::vector<Entry>& entries, bool has_order) {
  std::vector<std::string> out;
  for (const Entry& e : entries) out.push_back(text_of(e));
  // A file keeps its own order where the language has none.
  if (!has_order) std::ranges::sort(out);
  return out;
}

// What is in `these` and not in `those`.
std::string only_in(const std::vector<std::string>& these, const std::vector<std::string>& those) {
  constexpr std::size_t most_shown = 5;
  std::string out;
  std::size_t n = 0;
  for (const std::string& text : these)
    if (std::ranges::find(those, text) == those.end() && n++ < most_shown) out.append(out.empty() ? "" : ", ").append(text);
  return n > most_shown ? out + fmt::format(" and {} more", n - most_shown) : out;
}

}  // namespace

bool auditor::has_engine() {
  if (engine_) return true;
  files_ = std::make_unique<filesystem::module_files>();
  engine_ = make_engine(*files_);
  if (engine_) static_cast<filesystem::module_files&>(*files_).set_builtins([this](std::string_view name) { return engine_->has_module(name); });
  return engine_ != nullptr;
}

audit_result auditor::audit(const v4::file& file, bool is_plain) {
  audit_result out;
  const auto engine = file.find_engine(engine_->identity().fingerprint);
  std::vector<std::uint32_t> chosen(file.module_count());
  std::iota(chosen.begin(), chosen.end(), 0U);
  if (sample_ != 0 && sample_ < chosen.size()) {
    std::ranges::shuffle(chosen, chance_);
    chosen.resize(sample_);
  }
  files_->new_turn();
  const bool edges_count = is_plain && check_freshness(file, filesystem::look, check_mode::stat).edges_hold();
  for (const std::uint32_t index : chosen) {
    const auto view = file.module_at(index);
    const owned_record known = to_owned(view);
    const byte_view code = engine ? view.payload_for(*engine) : byte_view();
    if (known.reason != uncacheable::none || !has(known.flags, module_flags::strict) || code.empty()) {
      ++out.left_out;
      continue;
    }
    const auto source = filesystem::read_file(known.url);
    if (source.error != 0 || source.identity.size != known.source.size || source.identity.hash != known.source.hash) {
      ++out.changed;
      continue;
    }
    ++out.compared;
    const auto differ = [&](std::string_view what, std::string in_file, std::string by_engine) {
      out.differences.push_back({known.url, what, std::move(in_file), std::move(by_engine)});
    };
    const compiled_module made = engine_->compile(known.url, source.text, filesystem::language_of(filesystem::path_of(known.url)));
    if (made.error) {
      differ("source", "compiled", made.error->message);
      continue;
    }
    const auto compare = [&](std::string_view what, const auto& ours, const auto& theirs, bool has_order = false) {
      const auto mine = texts_of(ours, has_order), now = texts_of(theirs, has_order);
      if (mine == now) return;
      const auto lost = only_in(mine, now), found = only_in(now, mine);
      if (lost.empty() && found.empty())
        differ(what, "in one order", "in another");
      else
        differ(what, lost.empty() ? "not there" : lost, found.empty() ? "not there" : found);
    };
    compare("requests", known.requests, made.record.requests, true);
    compare("imports", known.imports, made.record.imports);
    compare("exports", known.exports, made.record.exports);
    compare("star exports", known.stars, made.record.stars);
    compare("variables", known.variables, made.record.variables);
    if (known.flags != made.record.flags) differ("flags", fmt::format("{:x}", known.flags), fmt::format("{:x}", made.record.flags));
    if (known.source_length != made.record.source_length)
      differ("length", std::to_string(known.source_length), std::to_string(made.record.source_length));
    if (!known.text.empty() && packing::unpack_text(known.text, known.source.size) != source.text) differ("text", "another", "the source");
    const bool is_same = code.size() == made.bytecode.size() && std::ranges::equal(code, made.bytecode);
    (is_same ? out.same_code : out.other_code) += 1;
    if (!edges_count) continue;
    for (const module_request& r : known.requests) {
      if (r.resolved == external) continue;
      const auto found = files_->resolve({r.specifier, known.url});
      const auto url = file.module_at(r.resolved).url();
      if (found.error || found.url != url) differ("edges", fmt::format("{} to {}", r.specifier, url), found.error ? found.error.message : found.url);
    }
  }
  return out;
}

}  // namespace bmes::tools
