#include <benchmark/benchmark.h>

#include "content.hpp"
#include "module_generated.h"

// FlatBuffers: the generated verifier, then the generated accessors.

namespace formats {
namespace {

std::string_view view(const ::flatbuffers::String* text) {
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

template <class Vector, class F>
void each(const Vector* vector, F f) {
  if (vector != nullptr)
    for (const auto* item : *vector) f(*item);
}

template <class Sink>
void visit_source(const fb::Source& s, Sink& sink) {
  sink.number(s.size()), sink.number(s.hash().high()), sink.number(s.hash().low()), sink.number(s.modification_time()), sink.number(s.change_time());
}

template <class Sink>
void visit_module(const fb::Module& m, std::uint64_t owner, Sink& sink) {
  sink.begin(record::module, owner);
  sink.text(view(m.url()));
  sink.number(m.flags()), sink.number(m.uncacheable());
  visit_source(*m.source(), sink);
  sink.number(m.source_length()), sink.number(m.text());
  sink.end();
  each(m.requests(), [&](const fb::Request& r) {
    sink.begin(record::request, owner);
    sink.text(view(r.specifier())), sink.number(r.phase()), sink.number(r.resolved());
    each(r.attributes(), [&](const fb::Attribute& a) { sink.text(view(a.key())), sink.text(view(a.value())); });
    sink.end();
  });
  each(m.imports(), [&](const fb::Import& e) {
    sink.begin(record::import, owner);
    sink.number(e.type()), sink.text(view(e.module_request())), sink.number(e.import_name_kind()), sink.text(view(e.import_name()));
    sink.text(view(e.local_name()));
    sink.end();
  });
  each(m.exports(), [&](const fb::Export& e) {
    sink.begin(record::export_, owner);
    sink.number(e.type()), sink.text(view(e.export_name())), sink.number(e.module_name() != nullptr), sink.text(view(e.module_name()));
    sink.number(e.target_name_kind()), sink.text(view(e.target_name()));
    sink.end();
  });
  each(m.stars(), [&](const ::flatbuffers::String& s) { sink.begin(record::star, owner), sink.text(view(&s)), sink.end(); });
  each(m.variables(), [&](const fb::Variable& v) {
    sink.begin(record::variable, owner);
    sink.number(v.name_kind()), sink.text(view(v.name())), sink.number(v.scope()), sink.number(v.bits());
    sink.end();
  });
  each(m.payloads(), [&](const fb::Payload& p) { sink.begin(record::payload, owner), sink.number(p.engine()), sink.number(p.blob()), sink.end(); });
}

bool check(bmes::byte_view bytes) {
  ::flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return fb::VerifyGraphBuffer(verifier);
}

template <class Sink>
bool visit(bmes::byte_view bytes, Sink& out) {
  Sink sink = out;
  if (!check(bytes)) return false;
  const fb::Graph& graph = *fb::GetGraph(bytes.data());
  sink.begin(record::graph, 0), sink.number(graph.entry()), sink.end();
  std::uint64_t index = 0;
  each(graph.modules(), [&](const fb::Module& m) { visit_module(m, index++, sink); });
  index = 0;
  each(graph.engines(), [&](const fb::Engine& e) {
    sink.begin(record::engine, index++), sink.number(e.fingerprint()->high()), sink.number(e.fingerprint()->low()), sink.text(view(e.description()));
    sink.end();
  });
  each(graph.blobs(), [&](const fb::Blob& b) {
    sink.begin(record::blob, 0), sink.number(b.offset()), sink.number(b.size());
    sink.number(b.checksum().high()), sink.number(b.checksum().low()), sink.end();
  });
  each(graph.facts(), [&](const fb::Fact& fact) {
    sink.begin(record::fact, 0), sink.text(view(fact.path())), sink.number(fact.kind());
    visit_source(fact.identity() == nullptr ? fb::Source() : *fact.identity(), sink), sink.end();
  });
  out = sink;
  return true;
}

fb::Hash hash(const bmes::hash128& h) { return {halves_of(h).high, halves_of(h).low}; }
fb::Source source(const bmes::source_identity& s) { return {s.size, hash(s.hash), s.modification_time, s.change_time}; }

template <bool Shared>
struct writer {
  using text_offset = ::flatbuffers::Offset<::flatbuffers::String>;
  explicit writer(const content& c) : out(4096 + 1024 * c.graph.modules.size()) {}  // more than is needed: the buffer never grows
  ::flatbuffers::FlatBufferBuilder out;

  text_offset text(std::string_view s) {
    if constexpr (Shared) return out.CreateSharedString(s.data(), s.size());
    return out.CreateString(s.data(), s.size());
  }
  text_offset text(const bmes::name& n) { return n.is_text() ? text(n.text) : text_offset(); }
  template <class T, class Items, class F>
  ::flatbuffers::Offset<::flatbuffers::Vector<::flatbuffers::Offset<T>>> vector(const Items& items, std::vector<::flatbuffers::Offset<T>>& scratch,
                                                                                F make) {
    if (items.empty()) return 0;
    scratch.clear();
    for (const auto& item : items) scratch.push_back(make(item));
    return out.CreateVector(scratch);
  }

  std::vector<::flatbuffers::Offset<fb::Attribute>> attributes;
  std::vector<::flatbuffers::Offset<fb::Request>> requests;
  std::vector<::flatbuffers::Offset<fb::Import>> imports;
  std::vector<::flatbuffers::Offset<fb::Export>> exports;
  std::vector<text_offset> stars;
  std::vector<::flatbuffers::Offset<fb::Variable>> variables;
  std::vector<::flatbuffers::Offset<fb::Module>> modules;
  std::vector<::flatbuffers::Offset<fb::Engine>> engines;
  std::vector<::flatbuffers::Offset<fb::Fact>> facts;

  ::flatbuffers::Offset<fb::Module> module(const bmes::module_record& m, const content::module_payloads& p) {
    const auto r = vector(m.requests, requests, [&](const bmes::module_request& r) {
      const auto with =
          vector(r.attributes, attributes, [&](const bmes::import_attribute& a) { return fb::CreateAttribute(out, text(a.key), text(a.value)); });
      return fb::CreateRequest(out, text(r.specifier), static_cast<fb::Phase>(r.phase), with, r.resolved);
    });
    const auto i = vector(m.imports, imports, [&](const bmes::import_entry& e) {
      const auto request = text(e.module_request), name = text(e.import_name), local = text(e.local_name);
      return fb::CreateImport(out, static_cast<fb::ImportType>(e.type), request, name, static_cast<fb::NameKind>(kind_of(e.import_name)), local);
    });
    const auto e = vector(m.exports, exports, [&](const bmes::export_entry& e) {
      const auto name = text(e.export_name), from = text(e.module_name), target = text(target_of(e));
      return fb::CreateExport(out, static_cast<fb::ExportType>(e.type), name, from, target, static_cast<fb::NameKind>(kind_of(target_of(e))));
    });
    const auto s = vector(m.stars, stars, [&](const bmes::star_export& s) { return text(s.module_name); });
    const auto v = vector(m.variables, variables, [&](const bmes::variable& v) {
      return fb::CreateVariable(out, text(v.variable_name), static_cast<fb::NameKind>(kind_of(v.variable_name)), static_cast<fb::Scope>(v.scope),
                                v.bits);
    });
    ::flatbuffers::Offset<::flatbuffers::Vector<const fb::Payload*>> payloads;
    if (!p.payloads.empty()) {
      fb::Payload* rows = nullptr;
      payloads = out.CreateUninitializedVectorOfStructs(p.payloads.size(), &rows);
      for (const bmes::v4::payload_view row : p.payloads) *rows++ = {row.engine, row.blob};
    }
    const auto from = source(m.source);
    return fb::CreateModule(out, text(m.url), m.flags, static_cast<std::uint32_t>(m.reason), &from, m.source_length, p.text, r, i, e, s, v, payloads);
  }

  void graph(const content& c) {
    std::size_t index = 0;
    const auto m = vector(c.graph.modules, modules, [&](const bmes::module_record& m) { return module(m, c.of_module[index++]); });
    const auto e = vector(c.graph.engines, engines, [&](const bmes::engine_identity& e) {
      const fb::Hash fingerprint = hash(e.fingerprint);
      return fb::CreateEngine(out, &fingerprint, text(e.description));
    });
    ::flatbuffers::Offset<::flatbuffers::Vector<const fb::Blob*>> blobs;
    if (!c.blobs.empty()) {
      fb::Blob* rows = nullptr;
      blobs = out.CreateUninitializedVectorOfStructs(c.blobs.size(), &rows);
      for (const bmes::v4::blob_row& b : c.blobs) *rows++ = {b.offset, b.size, hash(b.checksum)};
    }
    const auto f = vector(c.graph.facts, facts, [&](const bmes::resolution_fact& f) {
      const auto identity = source(f.identity);
      return fb::CreateFact(out, text(f.path), static_cast<fb::FactKind>(f.kind), f.kind == bmes::fact_kind::file ? &identity : nullptr);
    });
    fb::FinishGraphBuffer(out, fb::CreateGraph(out, c.graph.entry, m, e, blobs, f));
  }
};

template <bool Shared>
std::size_t write(const content& c, std::vector<std::byte>* keep) {
  writer<Shared> w(c);
  w.graph(c);
  benchmark::DoNotOptimize(w.out.GetBufferPointer());
  const auto bytes = std::as_bytes(std::span(w.out.GetBufferPointer(), w.out.GetSize()));
  if (keep != nullptr) keep->assign(bytes.begin(), bytes.end());
  return bytes.size();
}

}  // namespace

const format flatbuffers{"FlatBuffers", write<true>, check, visit<touch>, visit<digest>};
const format flatbuffers_unshared{"FlatBuffers, texts not shared", write<false>, check, visit<touch>, visit<digest>};

}  // namespace formats
