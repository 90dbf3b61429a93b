// The numbers of bmes.h are those of the library.
#include "state.hpp"

namespace bmes::c {
namespace {

template <class E, std::size_t N>
consteval bool counts_from_0(const std::array<E, N>& ours, const std::array<int, N>& theirs) {
  for (std::size_t i = 0; i < N; ++i)
    if (static_cast<int>(ours[i]) != theirs[i] || theirs[i] != static_cast<int>(i)) return false;
  return true;
}
consteval bool are_codes(const auto& theirs) {
  for (std::size_t i = 0; i < theirs.size(); ++i)
    if (static_cast<int>(errc_table[i].code) != theirs[i]) return false;
  return theirs.size() == errc_table.size();
}
static_assert(are_codes(std::array<int, 18>{BMES_TRUNCATED, BMES_TRAILING_BYTES, BMES_BAD_MAGIC, BMES_BAD_VALUE, BMES_BAD_COUNT, BMES_BAD_OFFSET,
                                            BMES_BAD_INDEX, BMES_BAD_ORDER, BMES_BAD_PADDING, BMES_BAD_UTF8, BMES_BAD_CHECKSUM,
                                            BMES_UNSUPPORTED_VERSION, BMES_UNSUPPORTED_SECTION, BMES_ENGINE_MISMATCH, BMES_SOURCE_MISMATCH,
                                            BMES_OUTPUT_TOO_SMALL, BMES_LIMIT_EXCEEDED, BMES_NOT_REPRESENTABLE}));
static_assert(counts_from_0(std::array{error_class::malformed, error_class::stale, error_class::misuse},
                            std::array<int, 3>{BMES_CLASS_MALFORMED, BMES_CLASS_STALE, BMES_CLASS_MISUSE}));
static_assert(counts_from_0(std::array{name::kind_type::absent, name::kind_type::text, name::kind_type::star_default,
                                       name::kind_type::star_namespace},
                            std::array<int, 4>{BMES_NAME_ABSENT, BMES_NAME_TEXT, BMES_NAME_STAR_DEFAULT, BMES_NAME_STAR_NAMESPACE}));
static_assert(counts_from_0(std::array{import_phase::evaluation, import_phase::defer, import_phase::source},
                            std::array<int, 3>{BMES_PHASE_EVALUATION, BMES_PHASE_DEFER, BMES_PHASE_SOURCE}));
static_assert(counts_from_0(std::array{import_type::single, import_type::single_type_script, import_type::namespace_object},
                            std::array<int, 3>{BMES_IMPORT_SINGLE, BMES_IMPORT_SINGLE_TYPE_SCRIPT, BMES_IMPORT_NAMESPACE}));
static_assert(counts_from_0(std::array{export_type::local, export_type::indirect, export_type::namespace_object},
                            std::array<int, 3>{BMES_EXPORT_LOCAL, BMES_EXPORT_INDIRECT, BMES_EXPORT_NAMESPACE}));
static_assert(counts_from_0(std::array{variable_scope::declared, variable_scope::lexical},
                            std::array<int, 2>{BMES_SCOPE_DECLARED, BMES_SCOPE_LEXICAL}));
static_assert(counts_from_0(std::array{fact_kind::absent, fact_kind::file, fact_kind::directory},
                            std::array<int, 3>{BMES_FACT_ABSENT, BMES_FACT_FILE, BMES_FACT_DIRECTORY}));
static_assert(counts_from_0(std::array{uncacheable::none, uncacheable::lone_surrogate, uncacheable::not_java_script, uncacheable::no_bytecode,
                                       uncacheable::engine_refused, uncacheable::unsupported_entry},
                            std::array<int, 6>{BMES_CACHEABLE, BMES_LONE_SURROGATE, BMES_NOT_JAVA_SCRIPT, BMES_NO_BYTECODE, BMES_ENGINE_REFUSED,
                                               BMES_UNSUPPORTED_ENTRY}));

template <class E, std::size_t N>
consteval bool are_bits(const std::array<E, N>& ours, const std::array<int, N>& theirs, std::uint32_t known) {
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < N; ++i) {
    if (static_cast<std::uint32_t>(ours[i]) != static_cast<std::uint32_t>(theirs[i])) return false;
    all |= static_cast<std::uint32_t>(theirs[i]);
  }
  return all == known;
}
static_assert(are_bits(std::array{module_flags::top_level_await, module_flags::import_meta, module_flags::strict, module_flags::type_script},
                       std::array<int, 4>{BMES_FLAG_TOP_LEVEL_AWAIT, BMES_FLAG_IMPORT_META, BMES_FLAG_STRICT, BMES_FLAG_TYPE_SCRIPT},
                       known_module_flags));
using enum variable_bits;
static_assert(are_bits(std::array{captured, constant, var, let, exported, imported, imported_namespace, variable_bits::function, parameter,
                                  sloppy_mode_hoisted, private_field, private_method, private_getter, private_setter},
                       std::array<int, 14>{BMES_VARIABLE_CAPTURED, BMES_VARIABLE_CONSTANT, BMES_VARIABLE_VAR, BMES_VARIABLE_LET,
                                           BMES_VARIABLE_EXPORTED, BMES_VARIABLE_IMPORTED, BMES_VARIABLE_IMPORTED_NAMESPACE, BMES_VARIABLE_FUNCTION,
                                           BMES_VARIABLE_PARAMETER, BMES_VARIABLE_SLOPPY_MODE_HOISTED, BMES_VARIABLE_PRIVATE_FIELD,
                                           BMES_VARIABLE_PRIVATE_METHOD, BMES_VARIABLE_PRIVATE_GETTER, BMES_VARIABLE_PRIVATE_SETTER},
                       known_variable_bits));
static_assert(BMES_NONE == external && BMES_NONE == v4::absent_index);

}  // namespace
}  // namespace bmes::c
