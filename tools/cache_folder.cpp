#include "cache_folder.hpp"

#include "cache_settings.hpp"
#include "compression.hpp"
#include "files.hpp"
#include "formats.hpp"
#include "run.hpp"
#include "terminal.hpp"
#include "trace.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <bmes/cache.hpp>
#include <cerrno>
#include <cstring>
#include <map>

namespace bmes::tools {
namespace {

using filesystem::file_role;
using filesystem::stored_file;

constexpr std::size_t program_width = 44;

std::string folder_of(const cache_request& r) { return cache_folder(r.folder); }

// Nothing, after saying why, when there is no folder to speak of. One that is not there is an empty one.
std::optional<std::vector<stored_file>> files_of(const std::string& folder) {
  if (folder.empty()) {
    fail("no folder for a cache is known: HOME is not set");
    return std::nullopt;
  }
  auto files = filesystem::survey(folder);
  if (errno != 0 && errno != ENOENT) {
    fail(fmt::format("{}: {}", folder, std::strerror(errno)));
    return std::nullopt;
  }
  return files;
}

filesystem::start_counts counts_in(const std::string& folder, const std::string& name) {
  return filesystem::parse_counts(filesystem::read_file(folder + "/" + name).text);
}

// Hits and misses, by reason.
std::string json_counts(const filesystem::start_counts& c) {
  std::string misses;
  for (const auto& [how, n] : c.starts)
    if (how != filesystem::counted_hit) misses += fmt::format("{}{}:{}", misses.empty() ? "" : ",", json_string(how), n);
  return fmt::format(R"("hits":{},"misses":{{{}}},"read_bytes":{},"written_bytes":{})", c.hits(), misses, c.read_bytes, c.written_bytes);
}

std::vector<entry_facts> entries_of(const std::string& folder, const std::vector<stored_file>& files, bool prove, auditor* compare = nullptr) {
  std::vector<entry_facts> out;
  progress shown("reading", static_cast<std::size_t>(std::ranges::count(files, file_role::entry, &stored_file::role)));
  for (const stored_file& f : files) {
    if (f.role != file_role::entry) continue;
    out.push_back(read_entry(folder, f, prove, compare));
    out.back().counts = counts_in(folder, f.name.substr(0, f.name.find('.')) + std::string(filesystem::counts_suffix));
    shown.step();
  }
  return out;
}

std::string joined_engines(const entry_facts& e) {
  std::string out;
  for (const std::string& d : e.engines) {
    const auto name = short_engine(d);
    if (out.find(name) != std::string::npos) continue;
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out.empty() ? "none" : out;
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& t : texts) out.append(out.size() == 1 ? "" : ",").append(json_string(t));
  return out += ']';
}

std::string to_json(const audit_result& a) {
  auto out = fmt::format(R"("audit":{{"compared":{},"changed":{},"left_out":{},"same_code":{},"other_code":{},"differences":[)", a.compared,
                         a.changed, a.left_out, a.same_code, a.other_code);
  for (const audit_difference& d : a.differences)
    out += fmt::format(R"({}{{"module":{},"what":"{}","file":{},"source":{}}})", &d == a.differences.data() ? "" : ",", json_string(d.module), d.what,
                       json_string(d.in_file), json_string(d.by_engine));
  return out += "]},";
}

std::string to_json(const entry_facts& e) {
  return fmt::format(R"({{"file":{},"program":{},"node":{},"engines":{},"modules":{},"bytes":{},)"
                     R"("unpacked_bytes":{},"written":{},"used":{},{},{}"reason":{},"wrong":{}}})",
                     json_string(e.file.name), json_string(e.program), e.is_for_node, json_list(e.engines), e.modules, e.file.bytes, e.unpacked_bytes,
                     e.file.written / filesystem::one_second, e.file.used / filesystem::one_second, json_counts(e.counts),
                     e.audit ? to_json(*e.audit) : "", json_string(e.reason), json_string(e.wrong));
}

std::uint64_t sum_of(const std::vector<stored_file>& files) {
  std::uint64_t out = 0;
  for (const stored_file& f : files) out += f.bytes;
  return out;
}

std::size_t count_role(const std::vector<stored_file>& files, file_role role) {
  return static_cast<std::size_t>(std::ranges::count(files, role, &stored_file::role));
}

std::string_view words_for(filesystem::removal_reason reason) {
  switch (reason) {
    case filesystem::removal_reason::abandoned:
      return "left behind";
    case filesystem::removal_reason::unused:
      return "not used for too long";
    case filesystem::removal_reason::too_large:
      return "leaves no room for others";
    case filesystem::removal_reason::dead_engine:
      return "its engines are gone";
    case filesystem::removal_reason::least_used:
      return "not used for longest";
  }
  return {};
}

// Removes, or says what would be.
int remove_files(const cache_request& r, const std::string& folder, const std::vector<stored_file>& files,
                 const std::vector<filesystem::removal>& plan, bool has_reasons) {
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  std::string out = r.json ? R"({"removed":[)" : "";
  for (const auto& [index, reason] : plan) {
    const stored_file& f = files[index];
    const auto path = folder + "/" + f.name;
    // Somebody else may have been faster.
    if (!r.dry_run && ::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    if (r.json) {
      out += fmt::format(R"({}{{"file":{},"bytes":{},"reason":"{}"}})", count == 0 ? "" : ",", json_string(f.name), f.bytes,
                         has_reasons ? name_of(reason) : "clear");
    } else if (r.dry_run) {
      out += fmt::format("{}  {:>10}{}\n", f.name, short_size(f.bytes), has_reasons ? fmt::format("  {}", words_for(reason)) : "");
    }
    bytes += f.bytes;
    ++count;
  }
  if (r.json) {
    out += fmt::format(R"(],"bytes":{},"dry_run":{},"left_bytes":{}}})", bytes, r.dry_run, sum_of(files) - bytes);
    out += '\n';
  } else {
    out += fmt::format("{} {} of {}; {} left in {}\n", r.dry_run ? "would remove" : "removed", count_of(count, "file"), short_size(bytes),
                       short_size(sum_of(files) - bytes), folder);
  }
  return print_out(out) ? 0 : 1;
}

}  // namespace

std::string short_engine(std::string_view description) {
  auto end = description.find(',');
  if (!description.starts_with("Node")) end = description.find(' ');
  return std::string(description.substr(0, end));
}

entry_facts read_entry(const std::string& folder, const stored_file& file, bool prove, auditor* compare) {
  entry_facts out;
  out.file = file;
  const auto refuse = [&](std::string_view reason, std::string words) {
    out.reason = reason;
    out.wrong = std::move(words);
    return std::move(out);
  };
  const auto fd = filesystem::open_quietly(folder + "/" + file.name);
  struct stat s {};
  if (!fd.valid() || ::fstat(fd.get(), &s) != 0) return refuse(reason::unreadable, std::strerror(errno));
  if (s.st_size == 0) return refuse(reason::empty_entry, "it is empty");
  auto mapped = filesystem::load_file(fd.get(), static_cast<std::uint64_t>(s.st_size));
  if (!mapped) return refuse(reason::unreadable, std::strerror(errno));
  const auto unpacked = packing::unpack_entry(std::move(mapped));
  if (!unpacked.entry) return refuse(unpacked.error.reason, unpacked.error.message);
  out.unpacked_bytes = unpacked.entry->bytes().size();
  const auto opened = v4::file::open(unpacked.entry->bytes(), prove ? v4::payload_proof::now : v4::payload_proof::at_use);
  if (!opened) return refuse(info(opened.error().code).name, to_text(opened.error()));
  out.modules = opened->module_count();
  for (const engine_identity e : opened->engines()) {
    out.engines.emplace_back(e.description);
    out.fingerprints.push_back(e.fingerprint);
  }
  if (opened->entry() != external) out.program = opened->module_at(opened->entry()).url();
  const std::string_view key = std::string_view(file.name).substr(0, 32);
  const std::string_view node_flag[] = {"node"};
  const bool is_plain = filesystem::to_hex(key_of({out.program})) == key;
  out.is_for_node = !is_plain && filesystem::to_hex(key_of({out.program, {}, node_flag})) == key;
  if (prove && (s.st_uid != ::geteuid() || (s.st_mode & (S_IWGRP | S_IWOTH)) != 0))
    return refuse(reason::not_private, "it belongs to somebody else, or others can write to it");
  if (compare) out.audit = compare->audit(*opened, is_plain);
  return out;
}

int cache_path(const cache_request& r) {
  const auto folder = folder_of(r);
  if (folder.empty()) return fail("no folder for a cache is known: HOME is not set");
  const auto places = filesystem::places_for(folder);
  const auto own = filesystem::check_folder(places.own, true);
  const auto layer = places.readonly.empty() ? store_error{} : filesystem::check_folder(places.readonly, false);
  if (r.json) {
    const auto line = fmt::format(R"({{"folder":{},"wrong":{},"readonly":{},"readonly_wrong":{}}})", json_string(places.own),
                                  json_string(own.message), json_string(places.readonly), json_string(layer.message));
    return print_out(line + "\n") ? 0 : 1;
  }
  if (!own.message.empty()) fmt::print(stderr, "bmes: not used: {}\n", own.message);
  if (!layer.message.empty()) fmt::print(stderr, "bmes: not used: {}\n", layer.message);
  return print_out(places.own + "\n") && own.message.empty() && layer.message.empty() ? 0 : 1;
}

int cache_list(const cache_request& r) {
  const auto folder = folder_of(r);
  const auto files = files_of(folder);
  if (!files) return 1;
  auto entries = entries_of(folder, *files, false);
  std::ranges::sort(entries, {}, [](const entry_facts& e) { return std::pair(-e.file.used, e.file.name); });
  std::string out;
  if (r.json) {
    for (const entry_facts& e : entries) out += to_json(e) + "\n";
    return print_out(out) ? 0 : 1;
  }
  const auto now = filesystem::present();
  if (!entries.empty())
    out += fmt::format("{:<{}}  {:<22}{:>8}{:>10}{:>10}{:>9}\n", "program", program_width, "engines", "modules", "size", "used", "hits");
  for (const entry_facts& e : entries) {
    auto name = e.program.empty() ? e.file.name : e.program;
    name = fmt::format("{:<{}}", shortened(json_string(name), program_width), program_width);
    if (!e.wrong.empty()) {
      out += fmt::format("{}  {}\n", name, in_colour(colour::bad, e.wrong));
      continue;
    }
    out += fmt::format("{}  {:<22}{:>8}{:>10}{:>10}{:>9}\n", name, shortened(joined_engines(e), 21), with_commas(e.modules), short_size(e.file.bytes),
                       short_age((now - e.file.used) / filesystem::one_second), with_commas(e.counts.hits()));
  }
  out += fmt::format("{} {}, {} in {}\n", with_commas(entries.size()), entries.size() == 1 ? "entry" : "entries", short_size(sum_of(*files)), folder);
  return print_out(out) ? 0 : 1;
}

int cache_stats(const cache_request& r) {
  const auto folder = folder_of(r);
  const auto files = files_of(folder);
  if (!files) return 1;
  const auto limits = filesystem::limits_asked_for();
  const auto entries = entries_of(folder, *files, false);
  struct of_engine {
    std::size_t entries = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::string, of_engine> engines;
  std::uint64_t modules = 0, unpacked = 0;
  std::size_t unusable = 0, without_live_engine = 0;
  filesystem::start_counts counts;  // of entries that are gone, too
  for (const stored_file& f : *files)
    if (f.role == file_role::counts) counts.add(counts_in(folder, f.name));
  for (const entry_facts& e : entries) {
    modules += e.modules;
    unpacked += e.unpacked_bytes;
    unusable += e.wrong.empty() ? 0U : 1U;
    without_live_engine += filesystem::has_dead_engines_only(folder, e.file.name) ? 1U : 0U;
    for (const std::string& d : e.engines) {
      ++engines[d].entries;
      engines[d].bytes += e.file.bytes;
    }
  }
  const auto bytes = sum_of(*files);
  std::string out;
  if (r.json) {
    out = fmt::format(R"({{"folder":{},"entries":{},"bytes":{},"most_bytes":{},"longest_unused":{},"modules":{},"unpacked_bytes":{},)",
                      json_string(folder), entries.size(), bytes, limits.most_bytes, limits.longest_unused / filesystem::one_second, modules, unpacked);
    out += json_counts(counts) + ",";
    out += fmt::format(R"("unusable":{},"dead_engines_only":{},"crashed":{},"temporary":{},"engines":[)", unusable, without_live_engine,
                       count_role(*files, file_role::crashed), count_role(*files, file_role::temporary));
    bool first = true;
    for (const auto& [name, e] : engines) {
      out += fmt::format(R"({}{{"engine":{},"entries":{},"bytes":{}}})", first ? "" : ",", json_string(name), e.entries, e.bytes);
      first = false;
    }
    return print_out(out + "]}\n") ? 0 : 1;
  }
  const auto line = [&](std::string_view what, const std::string& value) { out += fmt::format("{:<28}{}\n", what, value); };
  line("folder", folder);
  line("entries", with_commas(entries.size()));
  line("modules", with_commas(modules));
  line("size", limits.most_bytes == 0 ? short_size(bytes)
                                      : fmt::format("{} of {} ({:.0f} %)", short_size(bytes), short_size(limits.most_bytes),
                                                    100.0 * static_cast<double>(bytes) / static_cast<double>(limits.most_bytes)));
  line("size unpacked", short_size(unpacked));
  if (unusable != 0) line("can't be used", with_commas(unusable));
  if (without_live_engine != 0) line("of engines that are gone", with_commas(without_live_engine));
  if (const auto n = count_role(*files, file_role::crashed); n != 0) line("set aside after a crash", with_commas(n));
  if (const auto n = count_role(*files, file_role::temporary); n != 0) line("being written, or left", with_commas(n));
  if (const auto all = counts.all(); all != 0) {
    line("starts", fmt::format("{}, {} hits ({:.1f} %)", with_commas(all), with_commas(counts.hits()),
                               100.0 * static_cast<double>(counts.hits()) / static_cast<double>(all)));
    for (const auto& [how, n] : counts.starts)
      if (how != filesystem::counted_hit) line("  no hits: " + how, with_commas(n));
    line("read by hits", short_size(counts.read_bytes));
    line("written", short_size(counts.written_bytes));
  }
  for (const auto& [name, e] : engines)
    line("entries of " + shortened(short_engine(name), 16),
         fmt::format("{}, {}  {}", with_commas(e.entries), short_size(e.bytes), in_colour(colour::dim, name)));
  return print_out(out) ? 0 : 1;
}

int cache_verify(const cache_request& r) {
  const auto folder = folder_of(r);
  const auto files = files_of(folder);
  if (!files) return 1;
  const auto folder_error = filesystem::check_folder(folder, true);
  std::size_t bad = folder_error.message.empty() ? 0 : 1;
  if (bad != 0) fail(folder_error.message);
  std::string out;
  auditor compare(r.sample);
  if (r.audit && !compare.has_engine()) return 1;
  const auto entries = entries_of(folder, *files, true, r.audit ? &compare : nullptr);
  audit_result all;
  for (const entry_facts& e : entries) {
    const bool is_different = e.audit && !e.audit->differences.empty();
    bad += e.wrong.empty() && !is_different ? 0U : 1U;
    if (r.json) out += to_json(e) + "\n";
    else if (!e.wrong.empty()) out += fmt::format("{}/{}: {}\n", folder, e.file.name, in_colour(colour::bad, e.wrong));
    if (!e.audit) continue;
    all.compared += e.audit->compared, all.changed += e.audit->changed, all.left_out += e.audit->left_out;
    all.same_code += e.audit->same_code, all.other_code += e.audit->other_code;
    if (r.json || !is_different) continue;
    out += fmt::format("{}/{}: {}\n", folder, e.file.name, in_colour(colour::bad, "is not what its sources make"));
    for (const audit_difference& d : e.audit->differences)
      out += fmt::format("  {}: {}\n    in the file {}\n    by the source {}\n", d.module, d.what, d.in_file, d.by_engine);
  }
  if (r.audit && !r.json)
    out += fmt::format(
        "compiled {} again: bytecode the same of {}, of {} with other functions (a run compiles those that it calls); not compared: {} whose source "
        "changed, {} that "
        "are CommonJS, JSON or another engine's\n",
        count_of(all.compared, "module"), all.same_code, all.other_code, all.changed, all.left_out);
  if (!r.json) {
    const auto what = fmt::format("{} {}, {}", with_commas(entries.size()), entries.size() == 1 ? "entry" : "entries", short_size(sum_of(*files)));
    out += bad == 0 ? fmt::format("{}: {}\n", in_colour(colour::good, "ok"), what)
                    : fmt::format("{} of {}\n", in_colour(colour::bad, fmt::format("{} bad", bad)), what);
  }
  return print_out(out) && bad == 0 ? 0 : 1;
}

int cache_prune(const cache_request& r) {
  const auto folder = folder_of(r);
  const auto files = files_of(folder);
  if (!files) return 1;
  auto limits = filesystem::limits_asked_for();
  if (r.most_bytes) limits.most_bytes = *r.most_bytes;
  if (r.longest_unused) limits.longest_unused = *r.longest_unused;
  const auto is_dead = [&](const stored_file& f) { return filesystem::has_dead_engines_only(folder, f.name); };
  return remove_files(r, folder, *files, filesystem::to_remove(*files, limits, filesystem::present(), is_dead), true);
}

int cache_clear(const cache_request& r) {
  const auto folder = folder_of(r);
  const auto files = files_of(folder);
  if (!files) return 1;
  std::vector<filesystem::removal> all;
  for (std::size_t i = 0; i < files->size(); ++i) all.push_back({i});
  return remove_files(r, folder, *files, all, false);
}

}  // namespace bmes::tools
