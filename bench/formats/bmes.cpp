#include <benchmark/benchmark.h>

#include <bmes/v4_write.hpp>

#include "content.hpp"

// The format of this project, by the views that a host would use.

namespace formats {
namespace {

template <class Sink>
void visit_source(const bmes::source_identity& s, Sink& sink) {
  const halves hash = halves_of(s.hash);
  sink.number(s.size), sink.number(hash.high), sink.number(hash.low), sink.number(s.modification_time), sink.number(s.change_time);
}

template <class Sink>
void visit_name(const bmes::name& n, Sink& sink) {
  sink.number(static_cast<std::uint64_t>(kind_of(n)));
  sink.text(n.text);
}

template <class Sink>
void visit_module(const bmes::v4::module_view& m, Sink& sink) {
  const std::uint64_t owner = m.index();
  sink.begin(record::module, owner);
  sink.text(m.url());
  sink.number(m.flags()), sink.number(static_cast<std::uint64_t>(m.reason()));
  visit_source(m.source(), sink);
  sink.number(m.row().source_length), sink.number(m.row().text.value);
  sink.end();
  for (const bmes::v4::request_view r : m.requests()) {
    sink.begin(record::request, owner);
    sink.text(r.specifier), sink.number(static_cast<std::uint64_t>(r.phase)), sink.number(r.resolved);
    for (const bmes::import_attribute a : r.attributes) sink.text(a.key), sink.text(a.value);
    sink.end();
  }
  for (const bmes::import_entry e : m.imports()) {
    sink.begin(record::import, owner);
    sink.number(static_cast<std::uint64_t>(e.type)), sink.text(e.module_request), visit_name(e.import_name, sink), sink.text(e.local_name);
    sink.end();
  }
  for (const bmes::export_entry e : m.exports()) {
    sink.begin(record::export_, owner);
    sink.number(static_cast<std::uint64_t>(e.type)), sink.text(e.export_name), sink.number(e.module_name.is_text()), sink.text(e.module_name.text);
    visit_name(target_of(e), sink);
    sink.end();
  }
  for (const bmes::star_export s : m.stars()) sink.begin(record::star, owner), sink.text(s.module_name), sink.end();
  for (const bmes::variable v : m.variables()) {
    sink.begin(record::variable, owner);
    visit_name(v.variable_name, sink), sink.number(static_cast<std::uint64_t>(v.scope)), sink.number(v.bits);
    sink.end();
  }
  for (const bmes::v4::payload_view p : m.payloads()) sink.begin(record::payload, owner), sink.number(p.engine), sink.number(p.blob), sink.end();
}

template <class Sink>
bool visit(bmes::byte_view bytes, Sink& out) {
  Sink sink = out;
  const auto f = bmes::v4::file::open(bytes, bmes::v4::payload_proof::at_use);
  if (!f) return false;
  sink.begin(record::graph, 0), sink.number(f->entry()), sink.end();
  for (const auto m : f->modules()) visit_module(m, sink);
  std::uint32_t number = 0;
  for (const bmes::engine_identity e : f->engines()) {
    const halves fingerprint = halves_of(e.fingerprint);
    sink.begin(record::engine, number++), sink.number(fingerprint.high), sink.number(fingerprint.low), sink.text(e.description), sink.end();
  }
  for (const bmes::v4::blob_row b : f->rows<bmes::v4::blob_row>()) {
    const halves checksum = halves_of(b.checksum);
    sink.begin(record::blob, 0), sink.number(b.offset), sink.number(b.size), sink.number(checksum.high), sink.number(checksum.low), sink.end();
  }
  for (const bmes::resolution_fact fact : f->facts()) {
    sink.begin(record::fact, 0), sink.text(fact.path), sink.number(static_cast<std::uint64_t>(fact.kind));
    visit_source(fact.identity, sink), sink.end();
  }
  out = sink;
  return true;
}

bool check(bmes::byte_view bytes) { return bmes::v4::file::open(bytes).has_value(); }

std::size_t write(const content& c, std::vector<std::byte>* keep) {
  auto file = bmes::v4::to_bytes(c.graph);
  benchmark::DoNotOptimize(file->data());
  const std::size_t size = file->size();
  if (keep != nullptr) *keep = std::move(*file);
  return size;
}

}  // namespace

const format bmes_format{"bmes", write, check, visit<touch>, visit<digest>};

}  // namespace formats
