#include <benchmark/benchmark.h>
#include <kj/string.h>

// This version's headers leave these to C++20's rewritten operators, which since P2468 (clang 16) don't apply to it.
namespace kj {
inline bool operator==(const char* a, const StringPtr& b) { return b == StringPtr(a); }
inline bool operator!=(const char* a, const StringPtr& b) { return b != StringPtr(a); }
}  // namespace kj

#include <capnp/message.h>
#include <capnp/serialize.h>

#include "content.hpp"
#include "module.capnp.h"

// Cap'n Proto, not packed. There is no verifier: every access checks what it needs, so walking is validating.

namespace formats {
namespace {

std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

template <class Sink>
void visit_source(cp::Source::Reader s, Sink& sink) {
  sink.number(s.getSize()), sink.number(s.getHashHigh()), sink.number(s.getHashLow()), sink.number(s.getModificationTime());
  sink.number(s.getChangeTime());
}

template <class Sink>
void visit_module(cp::Module::Reader m, std::uint64_t owner, Sink& sink) {
  const auto number = [&](auto e) { sink.number(static_cast<std::uint64_t>(e)); };
  sink.begin(record::module, owner);
  sink.text(view(m.getUrl()));
  number(m.getFlags()), number(m.getUncacheable());
  visit_source(m.getSource(), sink);
  number(m.getSourceLength()), number(m.getText());
  sink.end();
  for (const auto r : m.getRequests()) {
    sink.begin(record::request, owner);
    sink.text(view(r.getSpecifier())), number(r.getPhase()), number(r.getResolved());
    for (const auto a : r.getAttributes()) sink.text(view(a.getKey())), sink.text(view(a.getValue()));
    sink.end();
  }
  for (const auto e : m.getImports()) {
    sink.begin(record::import, owner);
    number(e.getType()), sink.text(view(e.getModuleRequest())), number(e.getImportNameKind()), sink.text(view(e.getImportName()));
    sink.text(view(e.getLocalName()));
    sink.end();
  }
  for (const auto e : m.getExports()) {
    sink.begin(record::export_, owner);
    number(e.getType()), sink.text(view(e.getExportName())), number(e.hasModuleName()), sink.text(view(e.getModuleName()));
    number(e.getTargetNameKind()), sink.text(view(e.getTargetName()));
    sink.end();
  }
  for (const auto s : m.getStars()) sink.begin(record::star, owner), sink.text(view(s)), sink.end();
  for (const auto v : m.getVariables()) {
    sink.begin(record::variable, owner);
    number(v.getNameKind()), sink.text(view(v.getName())), number(v.getScope()), number(v.getBits());
    sink.end();
  }
  for (const auto p : m.getPayloads()) sink.begin(record::payload, owner), number(p.getEngine()), number(p.getBlob()), sink.end();
}

template <class Sink>
bool visit(bmes::byte_view bytes, Sink& out) {
  Sink sink = out;
  capnp::ReaderOptions options;
  options.traversalLimitInWords = bytes.size();  // eight times what it holds
  capnp::FlatArrayMessageReader message({reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / sizeof(capnp::word)}, options);
  const auto graph = message.getRoot<cp::Graph>();
  sink.begin(record::graph, 0), sink.number(graph.getEntry()), sink.end();
  std::uint64_t index = 0;
  for (const auto m : graph.getModules()) visit_module(m, index++, sink);
  index = 0;
  for (const auto e : graph.getEngines()) {
    sink.begin(record::engine, index++), sink.number(e.getFingerprint().getHigh()), sink.number(e.getFingerprint().getLow());
    sink.text(view(e.getDescription())), sink.end();
  }
  for (const auto b : graph.getBlobs()) {
    sink.begin(record::blob, 0), sink.number(b.getOffset()), sink.number(b.getSize());
    sink.number(b.getChecksumHigh()), sink.number(b.getChecksumLow()), sink.end();
  }
  for (const auto fact : graph.getFacts()) {
    sink.begin(record::fact, 0), sink.text(view(fact.getPath())), sink.number(static_cast<std::uint64_t>(fact.getKind()));
    visit_source(fact.getIdentity(), sink), sink.end();
  }
  out = sink;
  return true;
}

bool check(bmes::byte_view bytes) {
  touch t;
  return visit(bytes, t);
}

unsigned size(std::size_t n) { return static_cast<unsigned>(n); }
capnp::Text::Reader text(std::string_view s) { return {s.data(), s.size()}; }

void set(cp::Source::Builder to, const bmes::source_identity& s) {
  to.setSize(s.size), to.setHashHigh(halves_of(s.hash).high), to.setHashLow(halves_of(s.hash).low);
  to.setModificationTime(s.modification_time), to.setChangeTime(s.change_time);
}

// Calls f with each of the items and the element of the new list that is for it. Empty lists are not written.
template <class Items, class Init, class F>
void list(const Items& items, Init init, F f) {
  if (items.empty()) return;
  auto out = init(size(items.size()));
  unsigned at = 0;
  for (const auto& item : items) f(out[at++], item);
}

void fill(cp::Module::Builder to, const bmes::module_record& m, const content::module_payloads& p) {
  to.setUrl(text(m.url)), to.setFlags(m.flags), to.setUncacheable(static_cast<std::uint32_t>(m.reason));
  set(to.initSource(), m.source);
  to.setSourceLength(m.source_length), to.setText(p.text);
  list(
      m.requests, [&](unsigned n) { return to.initRequests(n); },
      [](auto one, const bmes::module_request& r) {
        one.setSpecifier(text(r.specifier)), one.setPhase(static_cast<cp::Phase>(r.phase)), one.setResolved(r.resolved);
        list(
            r.attributes, [&](unsigned n) { return one.initAttributes(n); },
            [](auto with, const bmes::import_attribute& a) { with.setKey(text(a.key)), with.setValue(text(a.value)); });
      });
  list(
      m.imports, [&](unsigned n) { return to.initImports(n); },
      [](auto one, const bmes::import_entry& e) {
        one.setType(static_cast<cp::ImportType>(e.type)), one.setModuleRequest(text(e.module_request)), one.setLocalName(text(e.local_name));
        one.setImportNameKind(static_cast<cp::NameKind>(kind_of(e.import_name)));
        if (e.import_name.is_text()) one.setImportName(text(e.import_name.text));
      });
  list(
      m.exports, [&](unsigned n) { return to.initExports(n); },
      [](auto one, const bmes::export_entry& e) {
        one.setType(static_cast<cp::ExportType>(e.type)), one.setExportName(text(e.export_name));
        if (e.module_name.is_text()) one.setModuleName(text(e.module_name.text));
        one.setTargetNameKind(static_cast<cp::NameKind>(kind_of(target_of(e))));
        if (target_of(e).is_text()) one.setTargetName(text(target_of(e).text));
      });
  if (!m.stars.empty()) {
    auto stars = to.initStars(size(m.stars.size()));
    for (unsigned i = 0; i < m.stars.size(); ++i) stars.set(i, text(m.stars[i].module_name));
  }
  list(
      m.variables, [&](unsigned n) { return to.initVariables(n); },
      [](auto one, const bmes::variable& v) {
        one.setNameKind(static_cast<cp::NameKind>(kind_of(v.variable_name))), one.setScope(static_cast<cp::Scope>(v.scope)), one.setBits(v.bits);
        if (v.variable_name.is_text()) one.setName(text(v.variable_name.text));
      });
  list(
      p.payloads, [&](unsigned n) { return to.initPayloads(n); },
      [](auto one, const bmes::v4::payload_view& row) { one.setEngine(row.engine), one.setBlob(row.blob); });
}

std::size_t write(const content& c, std::vector<std::byte>* keep) {
  capnp::MallocMessageBuilder message(static_cast<unsigned>(1024 + 128 * c.graph.modules.size()));  // words; more than is needed: one segment
  auto graph = message.initRoot<cp::Graph>();
  graph.setEntry(c.graph.entry);
  std::size_t index = 0;
  list(
      c.graph.modules, [&](unsigned n) { return graph.initModules(n); },
      [&](auto one, const bmes::module_record& m) { fill(one, m, c.of_module[index++]); });
  list(
      c.graph.engines, [&](unsigned n) { return graph.initEngines(n); },
      [](auto one, const bmes::engine_identity& e) {
        auto fingerprint = one.initFingerprint();
        fingerprint.setHigh(halves_of(e.fingerprint).high), fingerprint.setLow(halves_of(e.fingerprint).low), one.setDescription(text(e.description));
      });
  list(
      c.blobs, [&](unsigned n) { return graph.initBlobs(n); },
      [](auto one, const bmes::v4::blob_row& b) {
        one.setOffset(b.offset), one.setSize(b.size), one.setChecksumHigh(halves_of(b.checksum).high), one.setChecksumLow(halves_of(b.checksum).low);
      });
  list(
      c.graph.facts, [&](unsigned n) { return graph.initFacts(n); },
      [](auto one, const bmes::resolution_fact& f) {
        one.setPath(text(f.path)), one.setKind(static_cast<cp::FactKind>(f.kind));
        if (f.kind == bmes::fact_kind::file) set(one.initIdentity(), f.identity);
      });
  const auto words = capnp::messageToFlatArray(message);
  benchmark::DoNotOptimize(words.begin());
  const auto bytes = std::as_bytes(std::span(words.asBytes().begin(), words.asBytes().size()));
  if (keep != nullptr) keep->assign(bytes.begin(), bytes.end());
  return bytes.size();
}

}  // namespace

const format capnproto{"Cap'n Proto", write, check, visit<touch>, visit<digest>};

}  // namespace formats
