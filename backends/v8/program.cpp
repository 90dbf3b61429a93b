#include "program.hpp"

#include "files.hpp"
#include "folder_store.hpp"
#include "module_files.hpp"

#include <algorithm>
#include <bmes/checksum.hpp>
#include <bmes/freshness.hpp>
#include <bmes/merge.hpp>
#include <bmes/v4_write.hpp>
#include <link.h>
#include <node_version.h>
#include <sys/stat.h>

namespace bmes::v8_backend {
namespace {

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

void program::refuse(std::string_view as, std::string_view why, std::string what) {
  usable_ = false;
  trace.result = as;
  trace.reason = why;
  trace.detail = std::move(what);
}

bool program::find(const place& at, bool last) {
  auto answer = store_->get(at.key);
  if (!answer.entry && answer.error.reason == "no_entry" && !last) return false;
  found_at_ = at;
  trace.file = answer.place;
  if (!answer.entry) {
    refuse(answer.error.reason == "no_entry" ? "miss" : "refused", answer.error.reason, answer.error.message);
    return true;
  }
  entry_ = std::move(answer.entry);
  auto file = v4::file::open(entry_->bytes());
  const auto valid = file ? file->validate() : result<ok>(file.error());
  if (!valid) {
    const auto e = valid.error();
    refuse(is_stale(e) ? "stale" : "refused", info(e.code).name, std::string(e.field) + " at " + std::to_string(e.offset));
    return true;
  }
  file_ = *file;
  usable_ = true;
  made_.assign(file_.module_count(), external);
  if (const auto engine = file_.find_engine(engine_.fingerprint)) engine_index_ = *engine;
  if (engine_index_ == external) {
    trace.result = "stale";
    trace.reason = "engine_mismatch";
    return true;
  }
  trace.result = "hit";
  return true;
}

void program::open(program_settings settings) {
  settings_ = std::move(settings);
  if (settings_.mode == cache_mode::off) return;
  trace.result = "miss";
  if (settings_.folder.empty()) {
    trace.reason = "no_folder";
    return;
  }
  store_ = filesystem::make_folder_store(settings_.folder);
  std::string described = settings_.entry;
  const hash128 plain = checksum128(as_bytes(described));
  for (const auto& flag : settings_.flags) described += "\n" + flag;
  found_at_ = {checksum128(as_bytes("node\n" + described)), false};
  if (settings_.mode == cache_mode::refresh) {
    trace.reason = "refresh";
    return;
  }
  // A program whose specifiers lead where paths alone lead shares its file with engines that know nothing but paths.
  if (!find(found_at_, !settings_.flags.empty())) (void)find({plain, true}, true);
  if (!usable_) return;
  const auto look = [&](std::string_view path, bool with_hash) {
    if (!is_path(path)) return disk_state{};
    const disk_state now = filesystem::look(path, with_hash);
    if (with_hash && now.identity.change_time != 0) renewed_.emplace(path, now.identity);
    return now;
  };
  if (const auto stale = first_stale(file_, look)) {
    trace.result = "stale";
    trace.reason = name_of(stale->reason);
    trace.detail = std::string(stale->path);
    return;
  }
  fresh_ = engine_index_ != external;
}

std::optional<program::known_module> program::payload_at(std::uint32_t index) const {
  const auto m = file_.module_at(index);
  for (const v4::payload_view p : m.payloads()) {
    if (p.engine != engine_index_) continue;
    const auto parts = payload_parts::decode(file_.unproven_payload_bytes(p.blob));
    if (!parts) return std::nullopt;
    return known_module{index, *parts};
  }
  return std::nullopt;
}

std::optional<program::known_module> program::known(std::string_view key, const source_identity& source) const {
  if (!usable_ || engine_index_ == external) return std::nullopt;
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
bool program::closure(std::uint32_t root, std::vector<std::uint32_t>& out) const {
  std::vector<bool> seen(file_.module_count());
  seen[root] = true;
  out.push_back(root);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto known = payload_at(out[i]);
    if (!known) return false;
    if (known->parts.kind != module_kind::source) continue;
    edge_digest digest;
    for (const v4::request_view r : file_.module_at(out[i]).requests()) {
      digest.add(r.resolved == external ? r.specifier : file_.module_at(r.resolved).url());
      if (r.resolved == external || seen[r.resolved]) continue;
      seen[r.resolved] = true;
      out.push_back(r.resolved);
    }
    if (digest.value() != known->parts.edges) return false;
  }
  return true;
}

bool program::is_still_fresh(std::string_view key) {
  const auto at = file_.find_module(key);
  std::vector<std::uint32_t> all;
  if (!is_fresh() || !at || !closure(*at, all)) return false;
  const auto look = [](std::string_view path, bool with_hash) { return is_path(path) ? filesystem::look(path, with_hash) : disk_state{}; };
  for (const std::uint32_t i : all) {
    const auto m = file_.module_at(i);
    if (made_[i] == external && detail::compare_file(m.source(), m.url(), look, stale_reason::source_changed)) return false;
  }
  for (const resolution_fact f : file_.facts()) {
    if (f.kind == fact_kind::file ? detail::compare_file(f.identity, f.path, look, stale_reason::resolution_changed).has_value() : look(f.path, false).kind != f.kind) return false;
  }
  return true;
}

Local<v8::String> program::url_of(std::string_view key, Local<Context> context) {
  v8::Isolate* isolate = modules.isolate();
  const auto is_safe = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '_' || c == '-' || c == '@' || c == '+'; };
  if (!is_path(key)) return to_string(isolate, key);
  if (std::ranges::all_of(key, is_safe)) return to_string(isolate, "file://" + std::string(key));
  Local<Value> argument = to_string(isolate, key);
  return path_to_url.Get(isolate)->Call(context, v8::Undefined(isolate), 1, &argument).ToLocalChecked().As<v8::String>();
}

// An entry for a module of the file, without the module yet.
std::uint32_t program::entry_for(std::uint32_t in_file, Local<Context> context) {
  const auto m = file_.module_at(in_file);
  const auto parts = payload_at(in_file)->parts;
  module_entry e;
  e.key = m.url();
  e.url = to_utf8(modules.isolate(), url_of(e.key, context));
  e.kind = parts.kind;
  e.source = m.source();
  e.in_file = in_file;
  e.uses_host = parts.uses_host;
  e.is_plain = parts.is_plain;
  e.renewals = parts.renewals;
  e.notes = parts.notes;
  if (e.kind == module_kind::source) {
    e.text = std::make_shared<source_text>(file_.unproven_payload_bytes(m.row().text.value), static_cast<std::size_t>(e.source.size), m.row().source_length, parts.is_one_byte);
    for (const v4::request_view r : m.requests()) {
      request out{std::string(r.specifier), {}, r.phase};
      for (const import_attribute a : r.attributes) out.attributes.emplace_back(a.key, a.value);
      e.requests.push_back(std::move(out));
    }
  }
  return modules.add(std::move(e));
}

std::uint32_t program::load(std::string_view key, Local<Context> context) {
  v8::Isolate* isolate = modules.isolate();
  const auto at = is_fresh() ? file_.find_module(key) : std::nullopt;
  std::vector<std::uint32_t> all;
  if (!at || !closure(*at, all)) return external;
  const auto undefined = v8::Undefined(isolate);
  const auto names_of = modules.callbacks.names_of.Get(isolate);
  // Builtins first: where one is not there, nothing was made.
  std::vector<std::uint32_t> fresh;
  for (const std::uint32_t i : all) {
    if (made_[i] != external) continue;
    if (const std::uint32_t known = modules.find(to_utf8(isolate, url_of(file_.module_at(i).url(), context))); known != external) {
      made_[i] = known;
      continue;
    }
    made_[i] = entry_for(i, context);
    fresh.push_back(i);
  }
  for (const std::uint32_t i : fresh) {
    const HandleScope scope(isolate);
    const std::uint32_t index = made_[i];
    const auto parts = payload_at(i)->parts;
    if (parts.kind == module_kind::source) {
      const auto requests = file_.module_at(i).requests();
      for (std::size_t r = 0; r < requests.size(); ++r) {
        const auto view = requests[r];
        std::uint32_t to = view.resolved == external ? external : made_[view.resolved];
        if (to == external) {
          // A builtin: anything else has an edge.
          std::string url = view.specifier.starts_with("node:") ? std::string(view.specifier) : "node:" + std::string(view.specifier);
          to = modules.find(url);
          if (to == external) {
            Local<Value> arguments[] = {to_string(isolate, url), v8::Integer::New(isolate, static_cast<int>(module_kind::builtin)), undefined};
            Local<Value> names;
            if (!names_of->Call(context, undefined, 3, arguments).ToLocal(&names)) return external;
            if (!names->IsArray()) return external;
            module_entry e;
            e.url = e.key = url;
            e.kind = module_kind::builtin;
            to = modules.add(std::move(e));
            if (!modules.make_synthetic(to, names.As<v8::Array>(), context)) return external;
          }
        }
        modules.entries()[index].requests[r].to = to;
      }
      if (!modules.compile(index, parts.code, context)) return external;
    } else {
      Local<Value> arguments[] = {to_string(isolate, modules.entries()[index].url), v8::Integer::New(isolate, static_cast<int>(parts.kind)), to_string(isolate, parts.notes)};
      Local<Value> names;
      if (!names_of->Call(context, undefined, 3, arguments).ToLocal(&names) || !names->IsArray()) return external;
      if (!modules.make_synthetic(index, names.As<v8::Array>(), context)) return external;
      modules.entries()[index].was_hit = true;
    }
  }
  return made_[*at];
}

void program::forget(std::uint32_t count) {
  modules.forget(count);
  for (std::uint32_t& index : made_)
    if (index != external && index >= count) index = external;
}

bool program::learned() {
  if (!store_ || !has_program || !is_complete || settings_.mode == cache_mode::readonly) return false;
  constexpr std::uint8_t most_renewals = 4;
  for (const module_entry& e : modules.entries()) {
    if (e.kind == module_kind::builtin || e.is_forgotten) continue;
    if (e.in_file == external || !usable_ || !fresh_ || e.notes_changed || e.was_refused) return true;
    if (e.text && e.text->was_read() && e.renewals < most_renewals) return true;
  }
  return false;
}

void program::keep() {
  if (!learned()) return;
  v8::Isolate* isolate = modules.isolate();
  const HandleScope scope(isolate);
  auto& entries = modules.entries();

  // Which entries are written anew: those that the file does not have as they are now.
  harvest out;
  std::vector<std::uint32_t> index(entries.size(), external);
  std::vector<std::uint32_t> chosen;
  bool all_plain = true;
  bool grew = false;
  std::vector<std::vector<std::byte>> codes(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    module_entry& e = entries[i];
    if (e.kind == module_kind::builtin || e.is_forgotten) continue;
    if (e.kind != module_kind::source || !e.is_plain) all_plain = false;
    const bool is_new = e.in_file == external || !fresh_ || e.notes_changed || e.was_refused;
    const bool ran_more = e.text && e.text->was_read();
    if (!is_new && !ran_more) continue;
    std::unique_ptr<ScriptCompiler::CachedData> code;
    if (e.kind == module_kind::source) {
      const auto module = e.module.Get(isolate);
      if (module->GetStatus() == v8::Module::kErrored) {
        if (is_new) return;
        continue;
      }
      code.reset(ScriptCompiler::CreateCodeCache(module->GetUnboundModuleScript()));
    } else if (e.kind == module_kind::common_js && !e.function.IsEmpty()) {
      code.reset(ScriptCompiler::CreateCodeCacheForFunction(e.function.Get(isolate)));
    }
    if (e.kind == module_kind::source && !code) return;
    const std::size_t size = code ? static_cast<std::size_t>(code->length) : 0;
    // A text is read for other reasons, too; only more code is worth a new file.
    if (!is_new && size <= e.code_size + e.code_size / 50) continue;
    if (!is_new) ++e.renewals;
    grew = true;
    if (code) {
      const auto* data = static_cast<const std::byte*>(static_cast<const void*>(code->data));
      codes[i].assign(data, data + size);
    }
    index[i] = static_cast<std::uint32_t>(chosen.size());
    chosen.push_back(i);
  }
  if (!grew) return;

  place to = found_at_;
  const bool is_plain = all_plain && settings_.flags.empty();
  const hash128 plain_key = checksum128(as_bytes(settings_.entry));
  if (!fresh_) {
    std::string described = settings_.entry;
    for (const auto& flag : settings_.flags) described += "\n" + flag;
    to = {is_plain ? plain_key : checksum128(as_bytes("node\n" + described)), is_plain};
  } else if (to.is_plain && !is_plain) {
    return;
  }
  // What is to be merged with: the file of this run, or what is at the other place.
  std::unique_ptr<stored_bytes> other;
  v4::file base = file_;
  bool has_base = usable_;
  if (to.key != found_at_.key || !usable_) {
    has_base = false;
    if (settings_.mode != cache_mode::refresh) {
      auto answer = store_->get(to.key);
      if (answer.entry) {
        other = std::move(answer.entry);
        if (const auto file = v4::file::open(other->bytes()); file && file->validate()) base = *file, has_base = true;
      }
    }
  }
  const bool same_file = has_base && !other;

  const auto count = static_cast<std::uint32_t>(chosen.size());
  out.graph.engines.push_back({engine_.fingerprint, engine_.description});
  std::deque<std::vector<std::byte>> texts;
  const auto edge = [&](std::uint32_t entry) {
    if (entry == external || entries[entry].kind == module_kind::builtin) return external;
    if (index[entry] != external) return index[entry];
    return same_file && entries[entry].in_file != external ? count + entries[entry].in_file : external;
  };
  for (const std::uint32_t i : chosen) {
    module_entry& e = entries[i];
    owned_record m;
    edge_digest digest;
    for (const request& r : e.requests) {
      std::vector<import_attribute> with;
      for (const auto& [key, value] : r.attributes) with.push_back({key, value});
      std::ranges::sort(with, {}, &import_attribute::key);
      m.add_request(r.specifier, std::move(with), r.phase, edge(r.to));
      digest.add(r.to == external || entries[r.to].kind == module_kind::builtin ? std::string_view(r.specifier) : std::string_view(entries[r.to].key));
    }
    m.reason = e.kind == module_kind::json ? uncacheable::not_java_script : uncacheable::unsupported_entry;
    // An engine that knows more of the same text has said it in the file.
    if (has_base)
      if (const auto at = base.find_module(e.key); at && e.kind == module_kind::source) {
        owned_record before = to_owned(base, base.module_at(*at));
        if (before.reason == uncacheable::none && before.source.size == e.source.size && before.source.hash == e.source.hash && before.requests.size() == m.requests.size()) {
          for (std::size_t r = 0; r < m.requests.size(); ++r) before.requests[r].resolved = m.requests[r].resolved;
          before.payloads.clear();
          before.text = {};
          m = std::move(before);
        }
      }
    m.url = e.key;
    m.source = e.source;
    if (const auto at = renewed_.find(e.key); at != renewed_.end()) m.source = at->second;
    if (e.text) m.source_length = static_cast<std::uint32_t>(e.text->length());
    payload_parts parts;
    parts.kind = e.kind;
    parts.is_one_byte = !e.text || e.text->is_one_byte();
    parts.uses_host = e.uses_host;
    parts.is_plain = e.is_plain;
    parts.renewals = e.renewals;
    parts.edges = digest.value();
    parts.code = codes[i];
    parts.notes = e.notes;
    m.payloads.push_back({0, out.storage.emplace_back(parts.encode())});
    if (!e.bytes.empty()) m.text = texts.emplace_back(filesystem::compress_text(e.bytes));
    else if (e.in_file != external && usable_) m.text = file_.unproven_payload_bytes(file_.module_at(e.in_file).row().text.value);
    out.graph.modules.push_back(std::move(m));
  }
  for (const auto& [path, fact] : facts_) out.graph.facts.push_back(fact.view());
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    if (!entries[i].is_forgotten && entries[i].key == settings_.entry && index[i] != external) out.graph.entry = index[i];

  owned_graph merged;
  graph_record all = out.graph.view();
  if (has_base) {
    auto both = merge(all, base);
    if (!both) {
      if (trace.reason.empty()) trace.reason = info(both.error().code).name, trace.detail = std::string(both.error().field);
      return;
    }
    merged = *std::move(both);
    all = merged.view();
  }
  const auto bytes = v4::to_bytes(all);
  if (!bytes) {
    if (trace.reason.empty()) trace.reason = info(bytes.error().code).name, trace.detail = std::string(bytes.error().field);
    return;
  }
  if (const auto error = store_->put(to.key, *bytes); !error.reason.empty()) {
    trace.reason = error.reason;
    trace.detail = error.message;
    return;
  }
  trace.written_bytes = store_->stored_size(to.key);
}

}  // namespace bmes::v8_backend
