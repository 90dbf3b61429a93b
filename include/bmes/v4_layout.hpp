#pragma once
#include <bmes/module.hpp>
#include <bmes/schema.hpp>
#include <bmes/v4_fields.hpp>
#include <bmes/version.hpp>
#include <string_view>

// Version 4 on the wire (docs/format.md, "Version 4"): a header, a directory of sections, and sections of
// fixed-width records.

namespace bmes::v4 {

struct header {
  static constexpr std::string_view name = "header";
  std::uint32_t magic = bmes::magic;
  std::uint32_t version = v4::version;
  std::uint64_t file_size = 0;
  std::uint64_t checksum = 0;
  std::uint32_t header_size = 64;
  bits<0> flags{};
  std::uint32_t section_count = 0;
  module_ref entry{external};
  std::array<std::byte, 24> reserved{};
  static constexpr auto fields() {
    return std::tuple{field{"header.magic", &header::magic, "0x424D4553"},
                      field{"header.version", &header::version, "4"},
                      field{"header.file_size", &header::file_size, "bytes of the whole file"},
                      field{"header.checksum", &header::checksum, "XXH3-64 from header_size to the end of the directory"},
                      field{"header.header_size", &header::header_size, "64"},
                      field{"header.flags", &header::flags, "no bit is defined"},
                      field{"header.section_count", &header::section_count, "records of the directory, at most 64"},
                      field{"header.entry", &header::entry, "module the program starts with, or 0xFFFFFFFF"},
                      field{"header.reserved", &header::reserved, "zero"}};
  }
};

struct section {
  static constexpr std::string_view name = "section";
  section_kind kind{};
  bits<section_required> flags{};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t record_size = 0;
  std::uint32_t record_count = 0;
  std::uint64_t checksum = 0;
  static constexpr auto fields() {
    return std::tuple{field{"section.kind", &section::kind, "what the section holds; ascending in the directory"},
                      field{"section.flags", &section::flags, "bit 0: required"},
                      field{"section.offset", &section::offset, "from the first byte of the file"},
                      field{"section.size", &section::size, "bytes; record_size times record_count"},
                      field{"section.record_size", &section::record_size, "bytes of one record"},
                      field{"section.record_count", &section::record_count, "records"},
                      field{"section.checksum", &section::checksum, "XXH3-64 of the section's bytes; zero for payload_bytes"}};
  }
};

struct string_row {
  static constexpr std::string_view name = "string";
  static constexpr auto kind = section_kind::string;
  static constexpr std::uint32_t ascii = 0x80000000;
  std::uint32_t end = 0;
  static constexpr auto fields() {
    return std::tuple{field{"string.end", &string_row::end, "bits 0-30: where it ends in string_bytes; bit 31: ASCII only"}};
  }
};

struct string_byte {
  static constexpr std::string_view name = "string_bytes";
  static constexpr auto kind = section_kind::string_bytes;
  std::array<std::byte, 1> byte{};
  static constexpr auto fields() { return std::tuple{field{"string_bytes", &string_byte::byte, "UTF-8, no NUL added"}}; }
};

struct attribute_row {
  static constexpr std::string_view name = "attribute";
  static constexpr auto kind = section_kind::attribute;
  string_ref key{};
  string_ref value{};
  static constexpr auto fields() {
    return std::tuple{field{"attribute.key", &attribute_row::key, "ascending in a request"}, field{"attribute.value", &attribute_row::value, ""}};
  }
};

struct request_row {
  static constexpr std::string_view name = "request";
  static constexpr auto kind = section_kind::request;
  string_ref specifier{};
  import_phase phase{};
  first_of<attribute_row> attributes{};
  module_ref resolved{external};
  static constexpr auto fields() {
    return std::tuple{field{"request.specifier", &request_row::specifier, "in source order"},
                      field{"request.phase", &request_row::phase, "0 evaluation, 1 defer, 2 source"},
                      field{"request.attributes", &request_row::attributes, "its first attribute"},
                      field{"request.resolved", &request_row::resolved, "the module it leads to, or 0xFFFFFFFF"}};
  }
};

struct import_row {
  static constexpr std::string_view name = "import";
  static constexpr auto kind = section_kind::import_entry;
  import_type type{};
  string_ref module_request{};
  name_ref import_name{};
  string_ref local_name{};
  static constexpr auto fields() {
    return std::tuple{field{"import.type", &import_row::type, "0 single, 1 single TypeScript, 2 namespace"},
                      field{"import.module_request", &import_row::module_request, "a specifier"},
                      field{"import.import_name", &import_row::import_name, "*namespace* for a namespace"},
                      field{"import.local_name", &import_row::local_name, "ascending in a module"}};
  }
};

struct export_row {
  static constexpr std::string_view name = "export";
  static constexpr auto kind = section_kind::export_entry;
  export_type type{};
  string_ref export_name{};
  name_ref module_name{};
  name_ref target_name{};
  static constexpr auto fields() {
    return std::tuple{field{"export.type", &export_row::type, "0 local, 1 indirect, 2 namespace"},
                      field{"export.export_name", &export_row::export_name, "ascending in a module"},
                      field{"export.module_name", &export_row::module_name, "a specifier; absent for local"},
                      field{"export.target_name", &export_row::target_name, "local: the local name; indirect: the import name; namespace: absent"}};
  }
};

struct star_row {
  static constexpr std::string_view name = "star";
  static constexpr auto kind = section_kind::star;
  string_ref module_name{};
  static constexpr auto fields() { return std::tuple{field{"star.module_name", &star_row::module_name, "a specifier, in source order"}}; }
};

struct variable_row {
  static constexpr std::string_view name = "variable";
  static constexpr auto kind = section_kind::variable;
  static constexpr std::uint32_t lexical = 0x80000000;
  name_ref variable_name{};
  using traits_type = bits<known_variable_bits | lexical>;
  traits_type traits{};
  static constexpr auto fields() {
    return std::tuple{field{"variable.name", &variable_row::variable_name, "ascending in a module and scope"},
                      field{"variable.bits", &variable_row::traits, "bit 31: lexical scope; bits 0-13: as in version 3"}};
  }
};

struct engine_row {
  static constexpr std::string_view name = "engine";
  static constexpr auto kind = section_kind::engine;
  hash128 fingerprint{};
  string_ref description{};
  static constexpr auto fields() {
    return std::tuple{field{"engine.fingerprint", &engine_row::fingerprint, "compared, never interpreted; ascending"},
                      field{"engine.description", &engine_row::description, "for people"}};
  }
};

struct blob_row {
  static constexpr std::string_view name = "blob";
  static constexpr auto kind = section_kind::blob;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  hash128 checksum{};
  static constexpr auto fields() {
    return std::tuple{field{"blob.offset", &blob_row::offset, "from the first byte of payload_bytes; a multiple of 128"},
                      field{"blob.size", &blob_row::size, "bytes, at least 1"},
                      field{"blob.checksum", &blob_row::checksum, "XXH3-128 of the bytes, canonical form"}};
  }
};

struct payload_row {
  static constexpr std::string_view name = "payload";
  static constexpr auto kind = section_kind::payload;
  index_of<engine_row> engine_index{};
  index_of<blob_row> blob_index{};
  static constexpr auto fields() {
    return std::tuple{field{"payload.engine", &payload_row::engine_index, "ascending in a module"},
                      field{"payload.blob", &payload_row::blob_index, "modules of the same text share one"}};
  }
};

struct module_row {
  static constexpr std::string_view name = "module";
  static constexpr auto kind = section_kind::module;
  string_ref url{};
  bits<known_module_flags> flags{};
  std::uint64_t source_size = 0;
  hash128 source_hash{};
  nanoseconds source_modification_time{};
  nanoseconds source_change_time{};
  uncacheable reason{};
  first_of<request_row> requests{};
  first_of<import_row> imports{};
  first_of<export_row> exports{};
  first_of<star_row> stars{};
  first_of<variable_row> variables{};
  first_of<payload_row> payloads{};
  std::uint32_t source_length = 0;
  optional_index_of<blob_row> text{absent_index};
  static constexpr auto fields() {
    return std::tuple{field{"module.url", &module_row::url, "a URL or an absolute path; ascending"},
                      field{"module.flags", &module_row::flags, "bit 0 top-level await, 1 import.meta, 2 strict, 3 TypeScript"},
                      field{"module.source_size", &module_row::source_size, "bytes"},
                      field{"module.source_hash", &module_row::source_hash, "XXH3-128 of the source's bytes, canonical form"},
                      field{"module.source_modification_time", &module_row::source_modification_time, "nanoseconds since 1970, 0 unknown"},
                      field{"module.source_change_time", &module_row::source_change_time, "nanoseconds since 1970, 0 unknown"},
                      field{"module.uncacheable", &module_row::reason, "why the engine can't use the record, or 0"},
                      field{"module.requests", &module_row::requests, "its first request"},
                      field{"module.imports", &module_row::imports, "its first import"},
                      field{"module.exports", &module_row::exports, "its first export"},
                      field{"module.stars", &module_row::stars, "its first star"},
                      field{"module.variables", &module_row::variables, "its first variable"},
                      field{"module.payloads", &module_row::payloads, "its first payload"},
                      field{"module.source_length", &module_row::source_length, "UTF-16 code units of the decoded source"},
                      field{"module.text", &module_row::text, "blob: the source as a zstd frame, or 0xFFFFFFFF"}};
  }
};

struct fact_row {
  static constexpr std::string_view name = "fact";
  static constexpr auto kind = section_kind::fact;
  string_ref path{};
  fact_kind what{};
  std::uint64_t size = 0;
  hash128 hash{};
  nanoseconds modification_time{};
  nanoseconds change_time{};
  static constexpr auto fields() {
    return std::tuple{field{"fact.path", &fact_row::path, "an absolute path; ascending"},
                      field{"fact.kind", &fact_row::what, "0 absent, 1 file, 2 directory"},
                      field{"fact.size", &fact_row::size, "bytes; 0 but for a file"},
                      field{"fact.hash", &fact_row::hash, "XXH3-128 of a file's bytes, canonical form; else zero"},
                      field{"fact.modification_time", &fact_row::modification_time, "nanoseconds since 1970; 0 but for a file"},
                      field{"fact.change_time", &fact_row::change_time, "nanoseconds since 1970; 0 but for a file"}};
  }
};

/// Which file something was: one for each module, then one for each fact.
struct identity_row {
  static constexpr std::string_view name = "identity";
  static constexpr auto kind = section_kind::identity;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  static constexpr auto fields() {
    return std::tuple{field{"identity.device", &identity_row::device, "number of the file system, 0 unknown"},
                      field{"identity.inode", &identity_row::inode, "number of the file there, 0 unknown"}};
  }
};

/// Calls f.template operator()<R>() for every kind of record, in the order of the file.
template <class F>
constexpr void for_each_kind(F&& f) {
  f.template operator()<string_row>();
  f.template operator()<string_byte>();
  f.template operator()<module_row>();
  f.template operator()<request_row>();
  f.template operator()<attribute_row>();
  f.template operator()<import_row>();
  f.template operator()<export_row>();
  f.template operator()<star_row>();
  f.template operator()<variable_row>();
  f.template operator()<engine_row>();
  f.template operator()<blob_row>();
  f.template operator()<payload_row>();
  f.template operator()<fact_row>();
  f.template operator()<identity_row>();
}

namespace detail {

/// Largest enumerator of the enums that stand in rows.
template <class E>
inline constexpr E last_of = E{};
template <>
inline constexpr import_phase last_of<import_phase> = import_phase::source;
template <>
inline constexpr import_type last_of<import_type> = import_type::namespace_object;
template <>
inline constexpr export_type last_of<export_type> = export_type::namespace_object;
template <>
inline constexpr variable_scope last_of<variable_scope> = variable_scope::lexical;
template <>
inline constexpr fact_kind last_of<fact_kind> = fact_kind::directory;
template <>
inline constexpr uncacheable last_of<uncacheable> = uncacheable::unsupported_entry;

}  // namespace detail

static_assert(wire_size<header> == 64 && wire_size<section> == 40 && wire_size<string_row> == 4 && wire_size<module_row> == 84);

}  // namespace bmes::v4
