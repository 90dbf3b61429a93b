#include <benchmark/benchmark.h>
#include <google/protobuf/arena.h>

#include "content.hpp"
#include "module.pb.h"

// protobuf: parsing checks all there is to check. Messages are on an arena, which is the faster way, or not.

namespace formats {
namespace {

template <class Sink>
void visit_source(const pb::Source& s, Sink& sink) {
  sink.number(s.size()), sink.number(s.hash_high()), sink.number(s.hash_low()), sink.number(s.modification_time()), sink.number(s.change_time());
}

template <class Sink>
void visit_module(const pb::Module& m, std::uint64_t owner, Sink& sink) {
  sink.begin(record::module, owner);
  sink.text(m.url());
  sink.number(m.flags()), sink.number(m.uncacheable());
  visit_source(m.source(), sink);
  sink.number(m.source_length()), sink.number(m.has_text() ? m.text() : bmes::v4::absent_index);
  sink.end();
  for (const pb::Request& r : m.requests()) {
    sink.begin(record::request, owner);
    sink.text(r.specifier()), sink.number(static_cast<std::uint64_t>(r.phase())), sink.number(r.has_resolved() ? r.resolved() : bmes::external);
    for (const pb::Attribute& a : r.attributes()) sink.text(a.key()), sink.text(a.value());
    sink.end();
  }
  for (const pb::Import& e : m.imports()) {
    sink.begin(record::import, owner);
    sink.number(static_cast<std::uint64_t>(e.type())), sink.text(e.module_request());
    sink.number(static_cast<std::uint64_t>(e.import_name_kind())), sink.text(e.import_name()), sink.text(e.local_name());
    sink.end();
  }
  for (const pb::Export& e : m.exports()) {
    sink.begin(record::export_, owner);
    sink.number(static_cast<std::uint64_t>(e.type())), sink.text(e.export_name()), sink.number(e.has_module_name()), sink.text(e.module_name());
    sink.number(static_cast<std::uint64_t>(e.target_name_kind())), sink.text(e.target_name());
    sink.end();
  }
  for (const std::string& s : m.stars()) sink.begin(record::star, owner), sink.text(s), sink.end();
  for (const pb::Variable& v : m.variables()) {
    sink.begin(record::variable, owner);
    sink.number(static_cast<std::uint64_t>(v.name_kind())), sink.text(v.name()), sink.number(static_cast<std::uint64_t>(v.scope()));
    sink.number(v.bits());
    sink.end();
  }
  for (const pb::Payload& p : m.payloads()) sink.begin(record::payload, owner), sink.number(p.engine()), sink.number(p.blob()), sink.end();
}

template <class Sink>
void visit_graph(const pb::Graph& graph, Sink& out) {
  Sink sink = out;
  sink.begin(record::graph, 0), sink.number(graph.has_entry() ? graph.entry() : bmes::external), sink.end();
  std::uint64_t index = 0;
  for (const pb::Module& m : graph.modules()) visit_module(m, index++, sink);
  index = 0;
  for (const pb::Engine& e : graph.engines()) {
    sink.begin(record::engine, index++), sink.number(e.fingerprint_high()), sink.number(e.fingerprint_low()), sink.text(e.description()), sink.end();
  }
  for (const pb::Blob& b : graph.blobs()) {
    sink.begin(record::blob, 0), sink.number(b.offset()), sink.number(b.size()), sink.number(b.checksum_high()), sink.number(b.checksum_low());
    sink.end();
  }
  for (const pb::Fact& fact : graph.facts()) {
    sink.begin(record::fact, 0), sink.text(fact.path()), sink.number(static_cast<std::uint64_t>(fact.kind()));
    visit_source(fact.identity(), sink), sink.end();
  }
  out = sink;
}

// Calls f with an empty message.
template <bool Arena, class F>
bool with_message(F f) {
  if constexpr (Arena) {
    google::protobuf::Arena arena;
    return f(*google::protobuf::Arena::CreateMessage<pb::Graph>(&arena));
  } else {
    pb::Graph graph;
    return f(graph);
  }
}

template <bool Arena, class Sink>
bool visit(bmes::byte_view bytes, Sink& sink) {
  return with_message<Arena>([&](pb::Graph& graph) {
    if (!graph.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    visit_graph(graph, sink);
    return true;
  });
}

template <bool Arena>
bool check(bmes::byte_view bytes) {
  return with_message<Arena>([&](pb::Graph& graph) { return graph.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())); });
}

std::string string(std::string_view s) { return std::string(s); }

void set(pb::Source& to, const bmes::source_identity& s) {
  to.set_size(s.size), to.set_hash_high(halves_of(s.hash).high), to.set_hash_low(halves_of(s.hash).low);
  to.set_modification_time(s.modification_time), to.set_change_time(s.change_time);
}

void fill(pb::Module& to, const bmes::module_record& m, const content::module_payloads& payloads) {
  to.set_url(string(m.url)), to.set_flags(m.flags), to.set_uncacheable(static_cast<std::uint32_t>(m.reason));
  set(*to.mutable_source(), m.source);
  to.set_source_length(m.source_length);
  if (payloads.text != bmes::v4::absent_index) to.set_text(payloads.text);
  for (const bmes::module_request& r : m.requests) {
    pb::Request& one = *to.add_requests();
    one.set_specifier(string(r.specifier)), one.set_phase(static_cast<pb::Phase>(r.phase));
    for (const bmes::import_attribute& a : r.attributes) {
      pb::Attribute& with = *one.add_attributes();
      with.set_key(string(a.key)), with.set_value(string(a.value));
    }
    if (r.resolved != bmes::external) one.set_resolved(r.resolved);
  }
  for (const bmes::import_entry& e : m.imports) {
    pb::Import& one = *to.add_imports();
    one.set_type(static_cast<pb::ImportType>(e.type)), one.set_module_request(string(e.module_request));
    one.set_import_name(string(e.import_name.text)), one.set_import_name_kind(static_cast<pb::NameKind>(kind_of(e.import_name)));
    one.set_local_name(string(e.local_name));
  }
  for (const bmes::export_entry& e : m.exports) {
    pb::Export& one = *to.add_exports();
    one.set_type(static_cast<pb::ExportType>(e.type)), one.set_export_name(string(e.export_name));
    if (e.module_name.is_text()) one.set_module_name(string(e.module_name.text));
    one.set_target_name(string(target_of(e).text)), one.set_target_name_kind(static_cast<pb::NameKind>(kind_of(target_of(e))));
  }
  for (const bmes::star_export& s : m.stars) to.add_stars(string(s.module_name));
  for (const bmes::variable& v : m.variables) {
    pb::Variable& one = *to.add_variables();
    one.set_name(string(v.variable_name.text)), one.set_name_kind(static_cast<pb::NameKind>(kind_of(v.variable_name)));
    one.set_scope(static_cast<pb::Scope>(v.scope)), one.set_bits(v.bits);
  }
  for (const bmes::v4::payload_view p : payloads.payloads) {
    pb::Payload& one = *to.add_payloads();
    one.set_engine(p.engine), one.set_blob(p.blob);
  }
}

void fill(pb::Graph& to, const content& c) {
  if (c.graph.entry != bmes::external) to.set_entry(c.graph.entry);
  for (std::size_t i = 0; i < c.graph.modules.size(); ++i) fill(*to.add_modules(), c.graph.modules[i], c.of_module[i]);
  for (const bmes::engine_identity& e : c.graph.engines) {
    pb::Engine& one = *to.add_engines();
    one.set_fingerprint_high(halves_of(e.fingerprint).high), one.set_fingerprint_low(halves_of(e.fingerprint).low);
    one.set_description(string(e.description));
  }
  for (const bmes::v4::blob_row& b : c.blobs) {
    pb::Blob& one = *to.add_blobs();
    one.set_offset(b.offset), one.set_size(b.size), one.set_checksum_high(halves_of(b.checksum).high),
        one.set_checksum_low(halves_of(b.checksum).low);
  }
  for (const bmes::resolution_fact& f : c.graph.facts) {
    pb::Fact& one = *to.add_facts();
    one.set_path(string(f.path)), one.set_kind(static_cast<pb::FactKind>(f.kind));
    if (f.kind == bmes::fact_kind::file) set(*one.mutable_identity(), f.identity);
  }
}

template <bool Arena>
std::size_t write(const content& c, std::vector<std::byte>* keep) {
  std::vector<std::byte> out;
  with_message<Arena>([&](pb::Graph& graph) {
    fill(graph, c);
    out.resize(graph.ByteSizeLong());
    return graph.SerializeToArray(out.data(), static_cast<int>(out.size()));
  });
  benchmark::DoNotOptimize(out.data());
  const std::size_t size = out.size();
  if (keep != nullptr) *keep = std::move(out);
  return size;
}

}  // namespace

const format protobuf{"protobuf", write<false>, check<false>, visit<false, touch>, visit<false, digest>};
const format protobuf_arena{"protobuf, arena", write<true>, check<true>, visit<true, touch>, visit<true, digest>};

}  // namespace formats
