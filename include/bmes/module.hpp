#pragma once
#include <bmes/bytes.hpp>
#include <bmes/error.hpp>
#include <cstdint>
#include <span>
#include <string_view>

// The model: what an engine worked out about a module, in the terms of ECMA-262 ("Source Text Module
// Records", 16.2.1.6). Every version of the format is read to it and written from it. Nothing here owns
// memory: texts and spans point into a file or into the caller's storage.

namespace bmes {

/// A name that need not be text. ECMA-262 uses names that no program can write (`*default*`, a whole
/// namespace), and names that are absent; neither is the same as any string, the empty one included.
struct name {
  enum class kind_type : std::uint8_t { absent, text, star_default, star_namespace };
  kind_type kind = kind_type::absent;
  std::string_view text = {};

  constexpr name() = default;
  constexpr name(std::string_view characters) noexcept : kind(kind_type::text), text(characters) {}
  constexpr name(const char* characters) noexcept : name(std::string_view(characters)) {}
  [[nodiscard]] static constexpr name star_default() noexcept { return name(kind_type::star_default); }
  [[nodiscard]] static constexpr name star_namespace() noexcept { return name(kind_type::star_namespace); }
  [[nodiscard]] constexpr bool is_text() const noexcept { return kind == kind_type::text; }
  friend constexpr bool operator==(const name&, const name&) = default;

 private:
  constexpr explicit name(kind_type k) noexcept : kind(k) {}
};

/// One key and value of `with { key: "value" }`.
struct import_attribute {
  std::string_view key;
  std::string_view value;
  friend constexpr bool operator==(const import_attribute&, const import_attribute&) = default;
};

/// When a requested module is evaluated: `import`, `import defer`, `import source`.
enum class import_phase : std::uint32_t { evaluation = 0, defer = 1, source = 2 };

/// An edge that leaves the file, or is not known: the specifier has to be resolved.
inline constexpr std::uint32_t external = 0xFFFFFFFF;

/// A ModuleRequest Record, and the module it was resolved to.
struct module_request {
  std::string_view specifier;
  import_phase phase = import_phase::evaluation;
  std::span<const import_attribute> attributes = {};
  std::uint32_t resolved = external;  ///< index of the module in the same graph
};

enum class import_type : std::uint32_t { single = 0, single_type_script = 1, namespace_object = 2 };

/// An ImportEntry Record. `import_name` is star_namespace for a namespace import.
struct import_entry {
  import_type type = import_type::single;
  std::string_view module_request;
  name import_name;
  std::string_view local_name;
  friend constexpr bool operator==(const import_entry&, const import_entry&) = default;
};

enum class export_type : std::uint32_t { local = 0, indirect = 1, namespace_object = 2 };

/// An ExportEntry Record: local has a local_name, indirect a module_name and an import_name, namespace
/// (`export * as ns from`) a module_name. The names that a type does not have are absent.
struct export_entry {
  export_type type = export_type::local;
  std::string_view export_name;
  name module_name;
  name import_name;
  name local_name;
  friend constexpr bool operator==(const export_entry&, const export_entry&) = default;
};

/// The module of an `export * from`.
struct star_export {
  std::string_view module_name;
  friend constexpr bool operator==(const star_export&, const star_export&) = default;
};

/// Traits of a variable, the bits of version 3 (docs/format.md, "Variables").
enum class variable_bits : std::uint32_t {
  captured = 1u << 0,
  constant = 1u << 1,
  var = 1u << 2,
  let = 1u << 3,
  exported = 1u << 4,
  imported = 1u << 5,
  imported_namespace = 1u << 6,
  function = 1u << 7,
  parameter = 1u << 8,
  sloppy_mode_hoisted = 1u << 9,
  private_field = 1u << 10,
  private_method = 1u << 11,
  private_getter = 1u << 12,
  private_setter = 1u << 13,
};
inline constexpr std::uint32_t known_variable_bits = (1u << 14) - 1;

enum class variable_scope : std::uint32_t { declared = 0, lexical = 1 };

/// A name declared at the top level of a module.
struct variable {
  name variable_name;
  variable_scope scope = variable_scope::declared;
  std::uint32_t bits = 0;
  friend constexpr bool operator==(const variable&, const variable&) = default;
};

/// Facts about a module as a whole; bits of `module_record::flags`.
enum class module_flags : std::uint32_t {
  top_level_await = 1u << 0,
  import_meta = 1u << 1,
  strict = 1u << 2,
  type_script = 1u << 3,
};
inline constexpr std::uint32_t known_module_flags = (1u << 4) - 1;

[[nodiscard]] constexpr bool has(std::uint32_t flags, module_flags flag) noexcept {
  return (flags & static_cast<std::uint32_t>(flag)) != 0;
}

/// Why a module has no payload, or can't be restored from its record.
enum class uncacheable : std::uint32_t {
  none = 0,
  lone_surrogate = 1,       ///< a name is not well-formed Unicode and would change on the way
  not_java_script = 2,      ///< JSON, WebAssembly, synthetic: the engine makes the record from the content
  no_bytecode = 3,          ///< the engine gave none
  engine_refused = 4,       ///< the engine reported an error
  unsupported_entry = 5,    ///< the engine's record has something that the format has no place for
};

/// Which text a module was made from, and where it was. Times are nanoseconds since 1970; what is not known is 0.
struct source_identity {
  std::uint64_t size = 0;  ///< bytes
  hash128 hash{};          ///< XXH3-128 of the bytes, canonical (big-endian) form
  std::uint64_t modification_time = 0;
  std::uint64_t change_time = 0;
  std::uint64_t device = 0;  ///< with the inode, the file as its file system knows it
  std::uint64_t inode = 0;
  friend constexpr bool operator==(const source_identity&, const source_identity&) = default;
};

/// Bytecode of one engine for one module. The bytes are opaque; they are code, as trusted as the engine.
struct payload {
  std::uint32_t engine = 0;  ///< index into the graph's engines
  byte_view bytes;
};

/// What an engine worked out about one module.
struct module_record {
  std::string_view url;
  source_identity source;
  std::uint32_t source_length = 0;  ///< UTF-16 code units of the decoded text
  byte_view text = {};              ///< the source's bytes as a zstd frame, or nothing
  std::uint32_t flags = static_cast<std::uint32_t>(module_flags::strict);
  uncacheable reason = uncacheable::none;
  std::span<const module_request> requests = {};
  std::span<const import_entry> imports = {};
  std::span<const export_entry> exports = {};
  std::span<const star_export> stars = {};
  std::span<const variable> variables = {};
  std::span<const payload> payloads = {};
};

/// An engine, build, configuration and architecture: bytecode of one can't be used by another.
struct engine_identity {
  hash128 fingerprint{};
  std::string_view description;  ///< for people: name, version, architecture
  friend constexpr bool operator==(const engine_identity&, const engine_identity&) = default;
};

enum class fact_kind : std::uint32_t { absent = 0, file = 1, directory = 2 };

/// Something on the disk that the resolution of a specifier depended on and that is no module.
struct resolution_fact {
  std::string_view path;
  fact_kind kind = fact_kind::absent;
  source_identity identity;
};

/// A whole program: its modules with the edges between them, or one module alone.
struct graph_record {
  std::uint32_t entry = external;  ///< index of the module the program starts with
  std::span<const module_record> modules = {};
  std::span<const engine_identity> engines = {};
  std::span<const resolution_fact> facts = {};
};

}  // namespace bmes
