// The way of a cache file into JavaScriptCore: proven, fresh, loaded and run, each in an engine of its own.
//
// Damage is refused before the engine is asked. What is accepted runs to an end, and prints what the program prints
// from its sources: without a look at them where the file says what the engine said, from them where the file or a
// payload is of no use. Bytecode and records are code, which nobody can check (SECURITY.md): those that the engine did
// not make itself it does not get, but in any arrangement.
#include "prelude.hpp"

#include "jsc_load.hpp"

#include "natives/host.hpp"
#include "jsc.hpp"
#include "modules/loader.hpp"
#include "model.hpp"

#include <bmes/freshness.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

using namespace std::string_view_literals;

const std::map<std::string_view, std::string_view> sources{
    {"/plain.mjs",
     R"(import greet, { Greeter, count, twice as double } from "./greet.mjs";
import * as all from "./all.mjs";
import data from "./data.json" with { type: "json" };
import { sep } from "node:path";
var before = count;
export { greet as default, all };
export const ready = [1, 2, 3].map((x) => double(x));
new Greeter().visit();
console.log(greet("you"), ready, before, count, Object.keys(all).join(), data.list, sep.length, import.meta.filename);
)"},
    {"/greet.mjs",
     R"(export default function greet(name) { return `hello ${name}`; }
export let count = 0;
export class Greeter { #visits = 0; visit() { count += ++this.#visits; return () => this.#visits; } }
const twice = (x) => 2 * x;
export { twice, twice as "two times" };
)"},
    {"/all.mjs",
     R"(export * from "./greet.mjs";
export * as inner from "./greet.mjs";
export { count as counted, default as again } from "./greet.mjs";
import { late as self } from "./all.mjs";
export function late() { return typeof self; }
)"},
    {"/data.json", R"({"list": [1, "two", null]})"},
    {"/waits.mjs",
     R"(import { value } from "./slow.mjs";
const { default: greet } = await import("./greet.mjs");
try { (await import("./fails.mjs")).never(); } catch (e) { console.log(e.message); }
console.log(greet(value));
setTimeout(() => process.exit(7), 0);
)"},
    {"/slow.mjs", R"(export const value = await Promise.resolve("late");
)"},
    {"/fails.mjs", R"(export function never() {} throw new Error("on purpose");
)"},
};

std::string printed;

source_identity identity_of(std::string_view text) { return {text.size(), checksum128(as_bytes(text)), 0, 0}; }

disk_state look(std::string_view path, bool with_hash) {
  const auto at = sources.find(path);
  if (at == sources.end()) return {};
  auto identity = identity_of(at->second);
  if (!with_hash) identity.hash = {};
  return {fact_kind::file, identity};
}

/// Modules of the sources above, and of nothing else.
class source_host final : public module_host {
 public:
  explicit source_host(const v4::file* graph) : graph_(graph) {}
  resolution resolve(const resolution_request& request) override {
    const std::string_view specifier = request.specifier;
    const std::string path(specifier.starts_with("./") ? specifier.substr(1) : specifier);
    return {path, {}, {{}, sources.contains(path) ? "" : "there is no " + path}};
  }
  format_answer format_of(std::string_view url, bool) override {
    format_answer out;
    if (url.ends_with(".json")) out.format = module_format::json;
    return out;
  }
  fetched_module fetch(std::string_view url) override {
    const auto at = sources.find(url);
    if (at == sources.end()) return {{}, {}, {{}, "there is no such module"}};
    return {std::string(at->second), identity_of(at->second), {}};
  }
  std::optional<std::string> text_of(std::uint32_t index) override {
    const auto at = sources.find(graph_ ? graph_->module_at(index).url() : ""sv);
    return at == sources.end() ? std::nullopt : std::optional<std::string>(at->second);
  }
  bool is_fresh(std::uint32_t) override { return true; }
  void new_turn() override {}

 private:
  const v4::file* graph_;
};

struct outcome {
  int code = 0;
  std::string prints;
  run_counts counts;
  std::vector<std::byte> file;  // if asked for
};

/// Runs a program in an engine that lives no longer, so that the graph's bytes need not.
outcome run(std::string_view entry, const v4::file* graph, bool collect) {
  static const bool initialised [[maybe_unused]] = [] { return WTF::initializeMainThread(), JSC::initialize(), true; }();
  JSC::VM& vm = JSC::VM::create(JSC::HeapType::Large).leakRef();
  const JSC::JSLockHolder lock(vm);  // has the last reference when all that follows is gone
  vm.deref();
  jsc::add_runtime(vm);
  auto* global =
      JSC::JSGlobalObject::createWithCustomMethodTable(vm, JSC::JSGlobalObject::createStructure(vm, JSC::jsNull()), &jsc::loader::method_table);
  JSC::gcProtect(global);
  source_host modules(graph);
  jsc::loader loader(global, modules, jsc::identity().fingerprint, collect, jsc::loader::modules_of::program);
  jsc::host host(global, {{"bmes", std::string(entry)}, "0", {}}, {});
  loader.set_host(host);
  if (graph) loader.set_graph(*graph);
  printed.clear();
  outcome out;
  out.code = host.run(loader.start(entry));
  out.prints = printed;
  out.counts = loader.counts();
  if (collect) {
    auto learned = loader.collect(jsc::identity());
    if (!learned.complete) std::fputs(printed.c_str(), stderr);
    expect(learned.complete, "a program's modules are known when it is done");
    learned.graph.facts = {{"/greet", fact_kind::absent, {}}, {"/data.json", fact_kind::file, identity_of(sources.at("/data.json"))}};
    out.file = *v4::to_bytes(learned.graph.view());
  }
  return out;
}

bool is_proven(byte_view bytes) {
  const auto file = v4::file::open(bytes);
  return file && file->find_engine(jsc::identity().fingerprint) && !check_freshness(*file, look).first();
}

/// No byte of a file that passes can change without its being refused.
void expect_damage_is_found(byte_view bytes) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  std::uint64_t chance = checksum64(bytes);
  for (int i = 0; i < 8; ++i, chance = checksum64(std::as_bytes(std::span(&chance, 1)))) {
    const std::size_t at = chance % copy.size();
    const auto damage = static_cast<std::byte>(1U << (chance >> 61));
    copy[at] ^= damage;
    expect(!v4::file::open(copy), "damage is found before the engine is asked");
    copy[at] ^= damage;
  }
}

/// What the engine made of the sources: its bytes for the same code are not always the same, so the seeds, which the
/// build made and put beside this program, count too.
struct known_code {
  std::map<hash128, std::string> payloads;  // and which module's they are
  std::map<std::string_view, std::set<std::vector<std::string>>> records;

  void learn(byte_view bytes);
};

enum class besides { nothing, payloads };

/// What a file says of its modules, but for what does not matter to this engine, and what is left out.
std::vector<std::string> modules_of(const v4::file& file, const known_code& code, besides left_out) {
  auto g = to_owned(file);
  g.facts.clear();
  const auto ours = file.find_engine(jsc::identity().fingerprint);
  g.engines = {jsc::identity()};
  for (owned_record& m : g.modules) {
    std::erase_if(m.payloads, [&](const payload& p) { return p.engine != ours || left_out == besides::payloads; });
    for (payload& p : m.payloads) p = {0, as_bytes(code.payloads.at(checksum128(p.bytes)))};
    m.source.modification_time = m.source.change_time = 0;
    m.text = {};
    // A module that is said to be uncacheable comes from its source, as one without a payload does.
    if (left_out == besides::payloads) m.reason = uncacheable::none;
  }
  return lines(g.view());
}

/// What a module's record says, but for where its requests lead and what it is said of the module as a whole.
std::vector<std::string> record_of(const v4::module_view& module) {
  auto m = to_owned(module);
  m.source = {};
  m.flags = 0;
  m.text = {};
  m.reason = uncacheable::none;
  m.payloads.clear();
  for (module_request& r : m.requests) r.resolved = external, r.phase = import_phase::evaluation;
  const auto view = m.view();
  return lines({external, std::span(&view, 1), {}, {}});
}

void known_code::learn(byte_view bytes) {
  const auto file = v4::file::open(bytes);
  if (!file || !is_proven(bytes)) return;
  for (const v4::module_view m : file->modules()) {
    const auto source = sources.find(m.url());
    records[source->first].insert(record_of(m));
    for (const v4::payload_view p : m.payloads()) payloads.emplace(checksum128(*file->payload_bytes(p.blob)), source->first);
  }
}

const known_code& known() {
  static const auto all = [] {
    known_code out;
    for (const known_program& p : known_programs()) {
      expect(is_proven(p.file), "a file that the engine made is accepted");
      out.learn(p.file);
    }
    for (const char* seed : {"jsc_plain.bmes", "jsc_waits.bmes"}) {
      std::ifstream in(std::filesystem::read_symlink("/proc/self/exe").replace_filename(seed), std::ios::binary);
      const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      out.learn(std::as_bytes(std::span(bytes)));
    }
    return out;
  }();
  return all;
}

/// Whether the engine made all that it would be given.
bool is_known(const v4::file& file) {
  const auto engine = file.find_engine(jsc::identity().fingerprint);
  for (const v4::payload_row p : file.rows<v4::payload_row>())
    if (p.engine_index.value == engine && !known().payloads.contains(checksum128(*file.payload_bytes(p.blob_index.value)))) return false;
  for (const v4::module_view m : file.modules()) {
    const auto at = known().records.find(m.url());
    if (at == known().records.end() || !at->second.contains(record_of(m))) return false;
  }
  return true;
}

}  // namespace

const std::vector<known_program>& bmes::fuzz::known_programs() {
  static const auto all = [] {
    std::vector<known_program> out;
    for (const auto entry : {"/plain.mjs"sv, "/waits.mjs"sv}) {
      auto made = run(entry, nullptr, true);
      out.push_back({entry, std::move(made.prints), std::move(made.file)});
    }
    return out;
  }();
  return all;
}

std::vector<std::byte> bmes::fuzz::file_with_moved_payloads() {
  auto g = to_owned(*v4::file::open(known_programs()[0].file));
  std::vector<owned_record*> with_payload;
  for (owned_record& m : g.modules)
    if (!m.payloads.empty()) with_payload.push_back(&m);
  for (std::size_t i = 1; i < with_payload.size(); ++i) std::swap(with_payload[i]->payloads, with_payload[0]->payloads);
  return *v4::to_bytes(g.view());
}

// Linked in place of the host's own (--wrap): what the program prints is to be compared, not seen.
bool print(int descriptor, std::string_view text) asm("__wrap__ZN4bmes3jsc9write_allEiSt17basic_string_viewIcSt11char_traitsIcEE");
bool print(int, std::string_view text) {
  printed += text;
  return true;
}

// The collector looks for its objects on the real stack, and the engine leaves its memory to the process's end.
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0:detect_leaks=0"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (!is_proven(bytes)) return 0;
  expect_damage_is_found(bytes);
  // Where a file is mapped, payloads are aligned.
  const std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(v4::payload_alignment, (size + 127) / 128 * 128), &std::free);
  const std::span copy(static_cast<std::byte*>(memory.get()), size);
  std::ranges::copy(bytes, copy.begin());
  const auto file = v4::file::open(copy);
  if (!is_known(*file)) return 0;

  const auto entry = file->module_at(file->entry()).url();
  const auto& programs = known_programs();
  const auto found = std::ranges::find(programs, entry, &known_program::entry);
  const known_program& program = found == programs.end() ? programs[0] : *found;
  const auto out = run(program.entry, &*file, false);
  const auto says_the_same = [&](besides left_out) {
    const auto own = v4::file::open(program.file);
    return modules_of(*file, known(), left_out) == modules_of(*own, known(), left_out);
  };
  if (says_the_same(besides::nothing))
    expect(out.counts.from_source == 0 && out.counts.hits == out.counts.modules && out.counts.parsed == 0, "what the engine said is used");
  // Where any module comes from the file, its edges and flags count, which are as good as code.
  if ((out.counts.from_source == out.counts.modules || says_the_same(besides::payloads)) && out.prints != program.prints) {
    std::fprintf(stderr, "%s\ninstead of\n%s\n", out.prints.c_str(), program.prints.c_str());
    expect(false, "a program prints what it prints from its sources");
  }
  return 0;
}
