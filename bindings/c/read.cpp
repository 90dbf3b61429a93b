// The reading half of bmes.h.
#include "state.hpp"

namespace bmes::c {
namespace {

// ---- Rows. In version 4 `at` is the row's index; in versions 1 and 3, whose rows have no fixed size, its offset.

std::uint64_t offset_in(const open_file& f, byte_view part) noexcept { return static_cast<std::uint64_t>(part.data() - f.bytes.data()); }

template <class T>
bmes_rows rows_of(const open_file& f, const sequential::list<T>& list) noexcept {
  if (list.empty()) return {};
  return {offset_in(f, list.bytes()), list.size()};
}

template <class T, class Row, class Out>
bool next_indexed(const open_file& f, bmes_rows& rows, Out& out) noexcept {
  const std::uint64_t all = f.graph.rows<Row>().size();
  if (rows.count == 0 || rows.at >= all) return rows = {}, false;
  out = to_c(v4::rows_as<T, Row>(f.graph, {static_cast<std::size_t>(rows.at), 1})[0]);
  ++rows.at, --rows.count;
  return true;
}

template <class T>
bool next_sequential(const open_file& f, bmes_rows& rows, T& out) noexcept {
  const auto read = [](cursor& in) {
    T value{};
    sequential::reading io(in);
    describe(io, value);
    return value;
  };
  if (rows.count == 0 || rows.at > f.bytes.size()) return rows = {}, false;
  const auto item = decode_prefix(slice(f.bytes, rows.at, f.bytes.size() - rows.at), read, rows.at);
  if (!item) return rows = {}, false;
  out = item->value;
  rows.at += item->size, --rows.count;
  return true;
}

template <class T, class Row, class Out>
bool next(const bmes_file* file, bmes_rows* rows, Out* out) noexcept {
  const open_file& f = state(file);
  if (f.version == v4::version) return next_indexed<T, Row>(f, *rows, *out);
  T item{};
  if (!next_sequential(f, *rows, item)) return false;
  *out = to_c(item);
  return true;
}

bmes_module module_of(const v4::module_view& m) noexcept {
  bmes_module out{};
  out.url = c::to_c(m.url());
  out.source = to_c(m.source());
  out.source_length = m.source_length();
  out.flags = m.flags();
  out.uncacheable = static_cast<std::uint32_t>(m.reason());
  out.text = m.row().text.value;
  out.requests = to_c(m.requests().range());
  out.imports = to_c(m.imports().range());
  out.exports = to_c(m.exports().range());
  out.stars = to_c(m.stars().range());
  out.variables = to_c(m.variables().range());
  out.payloads = to_c(m.payloads().range());
  return out;
}

bmes_module single_module(const open_file& f) noexcept {
  bmes_module out{};
  out.text = BMES_NONE;
  out.code_features = f.single.code_features;
  out.requests = rows_of(f, f.single.requests);
  out.imports = rows_of(f, f.single.imports);
  out.exports = rows_of(f, f.single.exports);
  out.stars = rows_of(f, f.single.stars);
  // Version 3 has two lists; bmes_next_variable() goes from the first to the second.
  out.variables = rows_of(f, f.single.declared);
  if (f.single.declared.empty()) out.variables = rows_of(f, f.single.lexical);
  out.variables.count = f.single.declared.size() + f.single.lexical.size();
  out.payloads = {0, f.single.bytecode.empty() ? 0U : 1U};
  return out;
}

// Version 1 has no variables and says nothing of the code.
v3::file as_single(const v1::file& f) noexcept { return {f.requests, f.imports, f.exports, f.stars, {}, {}, 0, f.bytecode}; }
const v3::file& as_single(const v3::file& f) noexcept { return f; }

bool is_single(const open_file& f) noexcept { return f.version == v1::version || f.version == v3::version; }

}  // namespace
}  // namespace bmes::c

using namespace bmes;
using c::state;

const char* bmes_error_name(std::uint32_t code) {
  if (code == BMES_OK) return "ok";
  return code <= errc_table.size() ? info(static_cast<errc>(code)).name.data() : "unknown";
}

const char* bmes_error_sentence(std::uint32_t code) {
  if (code == BMES_OK) return "there is no error";
  return code <= errc_table.size() ? info(static_cast<errc>(code)).sentence.data() : "this is no code of an error";
}

std::uint32_t bmes_error_class(std::uint32_t code) {
  if (code == BMES_OK || code > errc_table.size()) return BMES_CLASS_MISUSE;
  return static_cast<std::uint32_t>(info(static_cast<errc>(code)).kind);
}

const char* bmes_library_version(void) { return library_version; }

bmes_error bmes_open(bmes_file* file, const void* data, std::size_t size, bool payloads) {
  auto& f = *new (static_cast<void*>(file)) c::open_file;
  const byte_view bytes(static_cast<const std::byte*>(data), size);
  const auto opened = visit_version(bytes, [&](auto version) -> result<ok> {
    if constexpr (version() == v4::version) {
      const auto graph = v4::file::open(bytes, payloads ? v4::payload_proof::now : v4::payload_proof::at_use);
      if (!graph) return graph.error();
      f.graph = *graph;
    } else {
      const auto single = [&] {
        if constexpr (version() == v1::version) return v1::open(bytes);
        if constexpr (version() == v3::version) return v3::open(bytes);
      }();
      if (!single) return single.error();
      f.single = c::as_single(*single);
    }
    f.version = version();
    f.bytes = bytes;
    return ok{};
  });
  return c::to_c(opened.error());
}

std::uint32_t bmes_version(const bmes_file* file) { return state(file).version; }

std::uint32_t bmes_entry(const bmes_file* file) {
  const auto& f = state(file);
  if (c::is_single(f)) return 0;
  // Nothing but zeroes is a file without modules, too.
  return f.graph.entry() < bmes_module_count(file) ? f.graph.entry() : BMES_NONE;
}

std::uint32_t bmes_module_count(const bmes_file* file) {
  const auto& f = state(file);
  return c::is_single(f) ? 1 : f.graph.module_count();
}

std::uint32_t bmes_engine_count(const bmes_file* file) { return state(file).graph.engine_count(); }

std::uint32_t bmes_fact_count(const bmes_file* file) { return static_cast<std::uint32_t>(state(file).graph.facts().size()); }

bmes_module bmes_module_at(const bmes_file* file, std::uint32_t index) {
  const auto& f = state(file);
  if (index < bmes_module_count(file)) return c::is_single(f) ? c::single_module(f) : c::module_of(f.graph.module_at(index));
  bmes_module none{};
  none.text = BMES_NONE;
  return none;
}

bmes_engine bmes_engine_at(const bmes_file* file, std::uint32_t index) { return c::to_c(state(file).graph.engine(index)); }

bmes_fact bmes_fact_at(const bmes_file* file, std::uint32_t index) {
  const auto facts = state(file).graph.facts();
  return index < facts.size() ? c::to_c(facts[index]) : bmes_fact{};
}

std::uint32_t bmes_find_module(const bmes_file* file, bmes_text url) { return state(file).graph.find_module(c::from_c(url)).value_or(BMES_NONE); }

std::uint32_t bmes_find_engine(const bmes_file* file, bmes_hash128 fingerprint) {
  return state(file).graph.find_engine(std::bit_cast<hash128>(fingerprint)).value_or(BMES_NONE);
}

bool bmes_find_export(const bmes_file* file, std::uint32_t module, bmes_text export_name, bmes_export* out) {
  const auto& f = state(file);
  if (module >= bmes_module_count(file)) return false;
  if (!c::is_single(f)) {
    const auto found = f.graph.module_at(module).find_export(c::from_c(export_name));
    if (found) *out = c::to_c(*found);
    return found.has_value();
  }
  for (const export_entry e : f.single.exports)
    if (e.export_name == c::from_c(export_name)) return *out = c::to_c(e), true;
  return false;
}

bool bmes_next_request(const bmes_file* file, bmes_rows* rows, bmes_request* out) {
  const auto& f = state(file);
  if (f.version == v4::version) return c::next_indexed<v4::request_view, v4::request_row>(f, *rows, *out);
  sequential::request_view r;
  if (!c::next_sequential(f, *rows, r)) return false;
  *out = {c::to_c(r.specifier), BMES_PHASE_EVALUATION, BMES_NONE, c::rows_of(f, r.attributes)};
  return true;
}

bool bmes_next_attribute(const bmes_file* file, bmes_rows* rows, bmes_attribute* out) {
  return c::next<import_attribute, v4::attribute_row>(file, rows, out);
}

bool bmes_next_import(const bmes_file* file, bmes_rows* rows, bmes_import* out) { return c::next<import_entry, v4::import_row>(file, rows, out); }

bool bmes_next_export(const bmes_file* file, bmes_rows* rows, bmes_export* out) { return c::next<export_entry, v4::export_row>(file, rows, out); }

bool bmes_next_star(const bmes_file* file, bmes_rows* rows, bmes_text* out) { return c::next<star_export, v4::star_row>(file, rows, out); }

bool bmes_next_variable(const bmes_file* file, bmes_rows* rows, bmes_variable* out) {
  const auto& f = state(file);
  if (f.version == v4::version) return c::next_indexed<variable, v4::variable_row>(f, *rows, *out);
  const bmes_rows declared = c::rows_of(f, f.single.declared), lexical = c::rows_of(f, f.single.lexical);
  variable v;
  if (!c::next_sequential(f, *rows, v)) return false;
  if (lexical.count != 0 && rows->at > lexical.at) v.scope = variable_scope::lexical;
  if (declared.count != 0 && rows->at == declared.at + f.single.declared.bytes().size()) rows->at = lexical.at;
  *out = c::to_c(v);
  return true;
}

bool bmes_next_payload(const bmes_file* file, bmes_rows* rows, bmes_payload* out) {
  const auto& f = state(file);
  if (!c::is_single(f)) return c::next_indexed<v4::payload_view, v4::payload_row>(f, *rows, *out);
  if (rows->count == 0 || rows->at != 0 || f.single.bytecode.empty()) return *rows = {}, false;
  *rows = {1, rows->count - 1};
  *out = {BMES_NONE, 0};
  return true;
}

bmes_error bmes_blob(const bmes_file* file, std::uint32_t blob, bmes_bytes* out) {
  *out = {};
  const auto& f = state(file);
  const auto found = [&]() -> result<byte_view> {
    if (!c::is_single(f)) return f.graph.payload_bytes(blob);
    if (blob == 0 && !f.single.bytecode.empty()) return f.single.bytecode;
    return error{errc::bad_index, f.bytes.size() - f.single.bytecode.size(), "bytecode"};
  }();
  if (!found) return c::to_c(found.error());
  *out = {static_cast<const std::uint8_t*>(static_cast<const void*>(found->data())), found->size()};
  return {};
}
