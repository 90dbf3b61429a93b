#include "program.hpp"

#include "cache_settings.hpp"
#include "compression.hpp"
#include "crash_breaker.hpp"
#include "files.hpp"
#include "folder_store.hpp"

#include <algorithm>
#include <link.h>
#include <node_version.h>
#include <sys/stat.h>

namespace bmes::v8_backend {
namespace {

// A text is read for other reasons than code that the file lacks, and a start that finds nothing new is not to look for ever.
constexpr std::uint8_t most_renewals = 2;

using v8::Context;
using v8::HandleScope;
using v8::Local;
using v8::ScriptCompiler;
using v8::Value;

const char* address(std::uintptr_t at) { return reinterpret_cast<const char*>(at); }

// V8's own version tag is shared by builds that do not take each other's code.
std::string build_of_this_binary() {
  std::string out;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* to) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& header = info->dlpi_phdr[i];
          if (header.p_type != PT_NOTE) continue;
          const char* const start = address(info->dlpi_addr + header.p_vaddr);
          for (std::size_t at = 0; at + sizeof(ElfW(Nhdr)) <= header.p_memsz;) {
            const auto* note = static_cast<const ElfW(Nhdr)*>(static_cast<const void*>(start + at));
            const std::size_t name = (note->n_namesz + 3) / 4 * 4, description = (note->n_descsz + 3) / 4 * 4;
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4)
              static_cast<std::string*>(to)->assign(start + at + sizeof *note + name, note->n_descsz);
            at += sizeof *note + name + description;
          }
        }
        return 1;  // the executable comes first
      },
      &out);
  // Builds without an identity of their own: then it is the file that counts.
  if (struct stat s {}; out.empty() && ::stat("/proc/self/exe", &s) == 0)
    out = std::to_string(s.st_size) + "/" + std::to_string(s.st_mtim.tv_sec) + "/" + std::to_string(s.st_mtim.tv_nsec);
  return out;
}

bool is_path(std::string_view key) { return key.starts_with('/'); }

}  // namespace

engine_name name_this_engine() {
  engine_name out;
  out.description = std::string("Node ") + NODE_VERSION + ", V8 " + v8::V8::GetVersion() + ", linux-x64";
  std::string all = out.description + "\n" + build_of_this_binary() + "\n" + std::to_string(ScriptCompiler::CachedDataVersionTag()) + "\n" + std::to_string(payload_parts::layout);
  out.fingerprint = checksum128(as_bytes(all));
  return out;
}

hash128 program::key_of(bool is_plain) const {
  // A program whose specifiers lead where paths alone lead shares its file with engines that know nothing but paths.
  std::vector<std::string_view> flags(settings_.flags.begin(), settings_.flags.end());
  if (!is_plain) flags.emplace_back("node");
  return bmes::key_of({settings_.entry, {}, flags});
}

// A graph of other machines, where there is no fresh one here.
void program::ask_remotes() {
  remotes_.emplace(settings_.entry, fleet::program_rules{{}, settings_.flags}, engine_.fingerprint, settings_.folder);
  if (settings_.mode != cache_mode::refresh && remotes_->ask(*cache_)) cache_->prove();
}

void program::open(program_settings settings) {
  settings_ = std::move(settings);
  if (settings_.mode == cache_mode::off || settings_.folder.empty()) return;
  check_ = filesystem::check_asked_for();
  store_ = filesystem::make_folder_store(filesystem::places_for(settings_.folder), filesystem::limits_asked_for());
  packing_ = packing::make_compression();
  const auto find = [&](bool is_plain) {
    is_plain_ = is_plain;
    cache_.emplace(*store_, *packing_, key_of(is_plain), engine_.fingerprint);
    if (settings_.mode == cache_mode::refresh)
      cache_->ignore_entry();
    else
      cache_->find();
    return cache_->outcome() != cache_result::miss || cache_->why() != reason::no_entry;
  };
  if (!find(false) && settings_.flags.empty() && !find(true)) (void)find(false);
  const bool is_refresh = settings_.mode == cache_mode::refresh;
  if (!is_refresh) cache_->prove();
  if (!is_refresh) cache_->look_for_changes(filesystem::look, check_);
  if (fleet::is_configured()) ask_remotes();
  if (is_refresh || !cache_->is_usable()) return;
  file_ = cache_->file();
  made_.assign(file_.module_count(), external);
  if (const auto engine = file_.find_engine(engine_.fingerprint)) engine_index_ = *engine;
  const auto graph = cache_->graph();
  fresh_ = cache_->has_engine() && graph.stale.empty() && graph.edges_hold;
}

std::optional<program::known_module> program::payload_at(std::uint32_t index) const {
  const auto m = file_.module_at(index);
  for (const v4::payload_view p : m.payloads()) {
    if (p.engine != engine_index_) continue;
    const auto parts = payload_parts::decode(file_.payload_bytes(p.blob).value_or({}));
    if (!parts || (!parts->text.empty() && source_text::unpacked_size(parts->text, parts->text_length) == 0)) return std::nullopt;
    return known_module{index, *parts};
  }
  return std::nullopt;
}

std::optional<program::known_module> program::known(std::string_view key, const source_identity& source) const {
  if (engine_index_ == external) return std::nullopt;
  const auto at = file_.find_module(key);
  if (!at) return std::nullopt;
  const auto s = file_.module_at(*at).source();
  if (s.size != source.size || !same_hash(s.hash, source.hash)) return std::nullopt;
  return payload_at(*at);
}

std::optional<program::known_module> program::known_fresh(std::string_view key) const {
  if (!is_fresh()) return std::nullopt;
  const auto at = file_.find_module(key);
  return at ? payload_at(*at) : std::nullopt;
}

fact_kind program::observe(const std::string& path) {
  if (const auto known = facts_.find(path); known != facts_.end()) return known->second.kind;
  observed_fact fact{path, fact_kind::absent, {}};
  const auto now = filesystem::look(path, false);
  fact.kind = now.kind;
  if (now.kind == fact_kind::file) fact.identity = filesystem::read_file(path).identity;
  return facts_.emplace(path, std::move(fact)).first->second.kind;
}

// All that `root` requests, `root` included, each with code of this engine and with edges that Node gave.
bool program::closure(std::uint32_t root, std::vector<known_module>& out) const {
  std::vector<bool> seen(file_.module_count());
  seen[root] = true;
  std::vector<std::uint32_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto known = payload_at(found[i]);
    if (!known) return false;
    out.push_back(*known);
    if (known->parts.kind != module_kind::source) continue;
    edge_digest digest;
    for (const v4::request_view r : file_.module_at(found[i]).requests()) {
      digest.add(file_.module_at(found[i]).url(), r.resolved == external ? r.specifier : file_.module_at(r.resolved).url());
      if (r.resolved == external || seen[r.resolved]) continue;
      seen[r.resolved] = true;
      found.push_back(r.resolved);
    }
    if (digest.value() != known->parts.edges) return false;
  }
  return true;
}

bool program::is_unchanged(std::uint32_t in_file) const {
  const auto m = file_.module_at(in_file);
  return check_file(m.source(), m.url(), filesystem::look, check_).holds;
}

bool program::is_still_fresh(std::string_view key) {
  const auto at = file_.find_module(key);
  std::vector<known_module> all;
  if (!is_fresh() || !at || !closure(*at, all)) return false;
  for (const known_module& k : all)
    if (made_[k.index] == external && !is_unchanged(k.index)) return false;
  return std::ranges::all_of(file_.facts(), [&](const resolution_fact& f) { return check_fact(f, filesystem::look, check_).holds; });
}

bool program::is_fact_unchanged(std::string_view path) const {
  const auto facts = file_.facts();
  const auto at = std::ranges::partition_point(facts, [&](const resolution_fact& f) { return f.path < path; });
  return at != facts.end() && (*at).path == path && check_fact(*at, filesystem::look, check_).holds;
}

bool program::is_package_unchanged(const std::string& folder) const {
  const auto facts = file_.facts();
  const std::string inside = folder + "/", package = inside + "package.json";
  bool is_known = false;
  // They are in the order of their paths.
  for (auto at = std::ranges::partition_point(facts, [&](const resolution_fact& f) { return f.path < inside; }); at != facts.end(); ++at) {
    const resolution_fact f = *at;
    if (!f.path.starts_with(inside)) break;
    if (!check_fact(f, filesystem::look, check_).holds) return false;
    is_known = is_known || f.path == package;
  }
  return is_known;
}

std::string program::url_of(std::string_view key) {
  const auto is_safe = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '_' || c == '-' || c == '@' || c == '+'; };
  if (!is_path(key)) return std::string(key);
  std::string out;
  if (std::ranges::all_of(key, is_safe)) {
    out = "file://";
    return out += key;
  }
  v8::Isolate* isolate = modules.isolate();
  const HandleScope scope(isolate);
  Local<Value> url;
  if (modules.callbacks.call("toUrl", {to_string(isolate, key)}).ToLocal(&url)) out = to_utf8(isolate, url);
  return out;
}

void program::take(std::uint32_t index, const known_module& known) {
  const auto m = file_.module_at(known.index);
  const auto& parts = known.parts;
  module_entry& e = modules.entries()[index];
  e.source = m.source();
  e.in_file = known.index;
  e.uses_import = parts.uses_import;
  e.is_plain = parts.is_plain;
  e.renewals = parts.renewals;
  if (e.notes == module_notes()) e.notes = module_notes::decode(e.key, parts.notes);
  if (parts.kind != module_kind::json) take_text(e, known);
}

bool program::take_text(module_entry& e, const known_module& known) const {
  const auto m = file_.module_at(known.index);
  const auto& parts = known.parts;
  e.is_type_script = !parts.text.empty();
  e.source_length = m.row().source_length;
  const byte_view frame = e.is_type_script ? parts.text : m.text();
  const std::size_t size = e.is_type_script ? source_text::unpacked_size(frame, parts.text_length) : static_cast<std::size_t>(m.source().size);
  e.text = std::make_shared<source_text>(frame, size, e.is_type_script ? parts.text_length : e.source_length, parts.is_one_byte);
  return !frame.empty();
}

// An entry for a module of the file, without the module yet.
std::uint32_t program::entry_for(const known_module& known) {
  const auto m = file_.module_at(known.index);
  module_entry e;
  e.key = m.url();
  e.url = url_of(e.key);
  e.kind = known.parts.kind;
  if (e.kind == module_kind::source) {
    for (const v4::request_view r : m.requests()) {
      request out{std::string(r.specifier), {}, r.phase};
      for (const import_attribute a : r.attributes) out.attributes.emplace_back(a.key, a.value);
      e.requests.push_back(std::move(out));
    }
  }
  const auto index = modules.add(std::move(e));
  take(index, known);
  return index;
}

std::uint32_t program::load(std::string_view key, Local<Context> context) {
  v8::Isolate* isolate = modules.isolate();
  const auto at = is_fresh() ? file_.find_module(key) : std::nullopt;
  std::vector<known_module> all;
  if (!at || !closure(*at, all)) return external;
  const filesystem::crash_breaker breaker(cache_->place(), settings_.folder);
  std::vector<const known_module*> fresh;
  for (const known_module& k : all) {
    if (made_[k.index] != external) continue;
    const std::uint32_t known = modules.find(url_of(file_.module_at(k.index).url()));
    if (known != external && !modules.entries()[known].module.IsEmpty()) {
      made_[k.index] = known;
      continue;
    }
    made_[k.index] = known != external ? known : entry_for(k);
    fresh.push_back(&k);
  }
  for (const known_module* const k : fresh) {
    const HandleScope scope(isolate);
    const std::uint32_t index = made_[k->index];
    if (k->parts.kind != module_kind::source) {
      if (auto& e = modules.entries()[index]; !e.notes.names) e.notes.names = module_notes::decode(e.key, k->parts.notes).names;
      if (!modules.make_synthetic(index, context)) return external;
      modules.entries()[index].was_hit = true;
      continue;
    }
    const auto requests = file_.module_at(k->index).requests();
    for (std::size_t r = 0; r < requests.size(); ++r) {
      const auto view = requests[r];
      std::uint32_t to = view.resolved == external ? external : made_[view.resolved];
      if (to == external) {
        // A builtin: anything else has an edge.
        std::string url = view.specifier.starts_with("node:") ? "" : "node:";
        url += view.specifier;
        to = modules.builtin(url, context);
        if (to == external) return external;
      }
      modules.entries()[index].requests[r].to = to;
    }
    if (!modules.compile(index, k->parts.code, context)) return external;
  }
  return made_[*at];
}

void program::forget(std::uint32_t count) {
  modules.forget(count);
  for (std::uint32_t& index : made_)
    if (index != external && index >= count) index = external;
}

bool program::learned() {
  if (!cache_ || !is_complete || settings_.mode == cache_mode::readonly) return false;
  if (cache_->is_out_of_date()) return true;
  for (const module_entry& e : modules.entries()) {
    if (e.kind == module_kind::builtin || e.is_forgotten) continue;
    if (e.in_file == external || e.notes_changed || e.was_refused) return true;
    if (e.text && e.text->was_read() && e.renewals < most_renewals) return true;
  }
  return false;
}

std::unique_ptr<write_turn> program::take_turn(std::chrono::milliseconds patience) { return store_->take_turn(key_of(is_plain_), patience); }

run_counts program::counts() const {
  run_counts out;
  for (const module_entry& e : modules.entries()) {
    if (e.kind == module_kind::builtin || e.is_forgotten) continue;
    ++out.modules;
    if (e.was_hit) ++out.hits;
    if (e.was_refused) ++out.refused;
    if (e.in_file == external) ++out.from_source;
  }
  out.parsed = out.modules - out.hits;
  out.complete = is_complete;
  return out;
}

void program::collect() {
  v8::Isolate* isolate = modules.isolate();
  const HandleScope scope(isolate);
  auto& entries = modules.entries();
  const auto is_kept = [](const module_entry& e) { return e.kind != module_kind::builtin && !e.is_forgotten; };

  bool all_plain = settings_.flags.empty();
  for (const module_entry& e : entries)
    if (is_kept(e) && (e.kind != module_kind::source || !e.is_plain)) all_plain = false;
  // Where the program turns out to belong elsewhere, all of it is written there.
  const bool moves = all_plain != is_plain_;
  learned_ = {};
  stripped_.clear();
  // What came from another machine is kept where it was looked for first.
  learned_.complete = true;
  if (moves && fresh_ && all_plain) return;
  harvest& out = learned_;
  out.requests_only = out.complete = true;
  std::vector<std::uint32_t> chosen;
  std::vector<std::uint32_t> place(entries.size(), external);
  std::vector<std::vector<std::byte>> codes(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    module_entry& e = entries[i];
    if (!is_kept(e)) continue;
    const bool is_new = moves || !fresh_ || e.in_file == external || e.notes_changed || e.was_refused;
    if (!is_new && !(e.text && e.text->was_read() && e.renewals < most_renewals)) continue;
    std::unique_ptr<ScriptCompiler::CachedData> code;
    if (e.kind == module_kind::source) {
      code.reset(ScriptCompiler::CreateCodeCache(e.script.Get(isolate)));
      if (!code) continue;
    } else if (!e.function.IsEmpty()) {
      code.reset(ScriptCompiler::CreateCodeCacheForFunction(e.function.Get(isolate)));
    } else if (const auto known = e.in_file != external ? payload_at(e.in_file) : std::nullopt) {
      codes[i].assign(known->parts.code.begin(), known->parts.code.end());
    }
    const std::size_t size = code ? static_cast<std::size_t>(code->length) : 0;
    if (!is_new) ++e.renewals;
    if (code) {
      const auto* data = static_cast<const std::byte*>(static_cast<const void*>(code->data));
      codes[i].assign(data, data + size);
    }
    place[i] = static_cast<std::uint32_t>(chosen.size());
    chosen.push_back(i);
  }
  out.changed = !chosen.empty();

  const auto count = static_cast<std::uint32_t>(chosen.size());
  const auto edge = [&](std::uint32_t entry) {
    if (entry == external || !is_kept(entries[entry])) return external;
    if (place[entry] != external) return place[entry];
    return !moves && entries[entry].in_file != external ? count + entries[entry].in_file : external;
  };
  out.graph.engines.push_back({engine_.fingerprint, engine_.description});
  for (const std::uint32_t i : chosen) {
    module_entry& e = entries[i];
    owned_record m;
    payload_parts parts;
    edge_digest digest;
    for (const request& r : e.requests) {
      std::vector<import_attribute> with;
      for (const auto& [key, value] : r.attributes) with.push_back({key, value});
      std::ranges::sort(with, {}, &import_attribute::key);
      const std::uint32_t to = edge(r.to);
      m.add_request(r.specifier, std::move(with), r.phase, to);
      digest.add(e.key, to == external ? std::string_view(r.specifier) : std::string_view(entries[r.to].key));
    }
    m.url = e.key;
    m.source = e.source;
    // Imports and exports are not in these records: engines that need them make their own.
    m.reason = e.kind == module_kind::json ? uncacheable::not_java_script : e.kind == module_kind::source ? uncacheable::no_bytecode : uncacheable::unsupported_entry;
    const auto length = e.text ? static_cast<std::uint32_t>(e.text->length()) : 0;
    m.source_length = length;
    if (e.is_type_script) {
      m.flags |= static_cast<std::uint32_t>(module_flags::type_script);
      m.source_length = e.source_length;
      parts.text_length = length;
      if (!e.stripped.empty())
        stripped_.emplace_back(place[i], e.stripped);
      else if (const auto known = e.in_file != external ? payload_at(e.in_file) : std::nullopt)
        parts.text = known->parts.text;
    }
    if (!e.bytes.empty()) out.texts.emplace_back(place[i], e.bytes);
    if (e.bytes.empty() && e.in_file != external) m.text = file_.module_at(e.in_file).text();
    parts.kind = e.kind;
    parts.is_one_byte = !e.text || e.text->is_one_byte();
    parts.uses_import = e.uses_import;
    parts.is_plain = e.is_plain;
    parts.renewals = e.renewals;
    parts.edges = digest.value();
    parts.code = codes[i];
    const std::string notes = e.notes.encode(e.key);
    parts.notes = notes;
    m.payloads.push_back({0, out.storage.emplace_back(parts.encode())});
    if (e.key == settings_.entry) out.graph.entry = place[i];
    out.graph.modules.push_back(std::move(m));
  }
  for (const auto& [path, fact] : facts_) out.facts.push_back(fact);

  if (moves) elsewhere_.emplace(*store_, *packing_, key_of(all_plain), engine_.fingerprint);
}

void program::count_start() {
  if (!may_write()) return;
  if (!is_concluded_) cache_->conclude(counts());
  is_concluded_ = true;
  cache_->count_start();
}

void program::pack_stripped() {
  for (const auto& [module, text] : stripped_) {
    // Each module has the one payload.
    auto& payloads = learned_.graph.modules[module].payloads;
    const auto frame = packing_->pack_text(text);
    auto& bytes = learned_.storage[module];
    payload_parts::append_text(bytes, frame);
    payloads[0].bytes = bytes;
    if (frame.empty()) payloads.clear();
  }
  stripped_.clear();
}

void program::write() {
  filesystem::note_engine(settings_.folder, engine_.fingerprint);
  pack_stripped();
  if (elsewhere_ && settings_.mode == cache_mode::refresh) {
    elsewhere_->ignore_entry();
  } else if (elsewhere_) {
    elsewhere_->find();
    elsewhere_->prove();
    elsewhere_->look_for_changes(filesystem::look);
  }
  cached_program& kept = elsewhere_ ? *elsewhere_ : *cache_;
  const bool is_new = learned_.changed;
  kept.keep(std::move(learned_));
  // What came from others as it is they have.
  if (remotes_ && is_new && kept.written_bytes() != 0) remotes_->send(*store_, *packing_, key_of(elsewhere_ ? !is_plain_ : is_plain_), 0);
  if (remotes_) remotes_->count();
}

void program::conclude() {
  if (!cache_) {
    if (settings_.mode != cache_mode::off && trace.reason.empty()) trace.result = name_of(cache_result::miss), trace.reason = reason::no_folder;
    return;
  }
  if (!is_concluded_) cache_->conclude(counts());
  is_concluded_ = true;
  const auto& last = elsewhere_ ? *elsewhere_ : *cache_;
  trace.result = name_of(cache_->outcome());
  if (trace.reason.empty()) trace.reason = cache_->why(), trace.detail = cache_->detail();
  if (trace.reason.empty()) trace.reason = last.why(), trace.detail = last.detail();
  trace.file = last.place();
  trace.written_bytes = last.written_bytes();
  if (remotes_) trace.remote = remotes_->trace();
}

}  // namespace bmes::v8_backend
