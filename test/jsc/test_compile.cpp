#include "engine.hpp"
#include "rebuilt_record.hpp"

#include <algorithm>

using namespace bmes;
using support::compile;
using support::lines;

namespace {

/// What the engine has of a module after a file took its record there and back.
std::vector<std::string> rebuilt(compiled_module made) {
  std::vector<compiled_module> modules;
  modules.push_back(std::move(made));
  const auto bytes = support::to_file(modules);
  const auto file = support::must(v4::file::open(bytes));
  return lines(jsc::rebuilt_record(file, 0), support::variables::declared_names);
}

compile_error error_of(std::string_view source) {
  const auto made = support::engine().compile("/bad.mjs", source, bmes::source_language::java_script);
  BOOST_REQUIRE_MESSAGE(made.error, "compiled: " << source);
  BOOST_TEST(made.bytecode.empty());
  return *made.error;
}

constexpr std::string_view every_kind = R"(
import "./effect";
import d, { a, b as c, "s t" as st } from "./a";
import * as ns from "./ns";
import data from "./data.json" with { type: "json" };
export default d + 1;
export const one = 1;
export { a as again, c, st as "", ns };
export { x, default as "öffnen" } from "./x";
export * as inner from "./inner";
export * from "./star1";
export * from "./star2";
export function hoisted() {}
export class Klass {}
var plain;
)";

}  // namespace

BOOST_AUTO_TEST_CASE(every_kind_of_entry_is_in_the_record) {
  const auto made = compile(every_kind);
  support::check_equal(lines(made.record, support::variables::declared_names),
                       {
                           R"(request "./effect")",
                           R"(request "./a")",
                           R"(request "./ns")",
                           R"(request "./data.json" with "type": "json")",
                           R"(request "./x")",
                           R"(request "./inner")",
                           R"(request "./star1")",
                           R"(request "./star2")",
                           R"(import 0 "a" as "a" from "./a")",
                           R"(import 0 "b" as "c" from "./a")",
                           R"(import 0 "default" as "d" from "./a")",
                           R"(import 0 "default" as "data" from "./data.json")",
                           R"(import 2 *namespace* as "ns" from "./ns")",
                           R"(import 0 "s t" as "st" from "./a")",
                           R"(export 1 "" local - import "s t" from "./a")",
                           R"(export 0 "Klass" local "Klass" import - from -)",
                           R"(export 1 "again" local - import "a" from "./a")",
                           R"(export 1 "c" local - import "b" from "./a")",
                           R"(export 0 "default" local *default* import - from -)",
                           R"(export 0 "hoisted" local "hoisted" import - from -)",
                           R"(export 2 "inner" local - import - from "./inner")",
                           R"(export 0 "ns" local "ns" import - from -)",
                           R"(export 0 "one" local "one" import - from -)",
                           R"(export 1 "x" local - import "x" from "./x")",
                           R"(export 1 "öffnen" local - import "default" from "./x")",
                           R"(star "./star1")",
                           R"(star "./star2")",
                           R"(declared "hoisted")",
                           R"(declared "plain")",
                       });
  BOOST_TEST(!made.bytecode.empty());
  BOOST_TEST((made.record.reason == uncacheable::none));
}

BOOST_AUTO_TEST_CASE(a_record_made_from_a_file_equals_the_parsed_one) {
  for (const std::string_view source : {every_kind, std::string_view("export default function () {}"), std::string_view("export default class {}"),
                                        std::string_view("export { default } from 'a'; export { default as b } from 'b';"),
                                        std::string_view("import a, * as b from 'a'; export { a as default, b };"), std::string_view("")}) {
    auto made = compile(source);
    const auto parsed = lines(made.record, support::variables::declared_names);
    support::check_equal(rebuilt(std::move(made)), parsed);
  }
}

BOOST_AUTO_TEST_CASE(the_source_is_identified) {
  const std::string source = "export const a = 'ä€😀';";
  const auto made = compile(source);
  BOOST_TEST(made.record.source.size == source.size());
  BOOST_TEST((made.record.source.hash == checksum128(as_bytes(std::string_view(source)))));
  BOOST_TEST(made.record.source_length == source.size() - 1 - 2 - 2);  // in UTF-16 units: ä has 1 of 2, € 1 of 3, 😀 2 of 4
}

BOOST_AUTO_TEST_CASE(an_empty_module_has_bytecode_and_no_entries) {
  auto made = compile("");
  BOOST_TEST(lines(made.record).empty());
  BOOST_TEST(!made.bytecode.empty());
  BOOST_TEST((made.record.source_length == 0 && made.record.source.size == 0));
  BOOST_TEST(rebuilt(std::move(made)).empty());
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_hashed_but_no_part_of_the_text) {
  const auto made = compile("\xEF\xBB\xBFimport './a';");
  BOOST_TEST(made.record.source.size == 16u);
  BOOST_TEST(made.record.source_length == 13u);
  support::check_equal(lines(made.record), {R"(request "./a")"});
  BOOST_TEST((made.record.source.hash != compile("import './a';").record.source.hash));
}

BOOST_AUTO_TEST_CASE(names_that_need_sixteen_bits_are_kept) {
  auto made = compile("export const 数 = 1, größe = 2; import { '😀' as Ω } from './数.mjs'; export { 数 as '\xE2\x80\xA8' };");
  const auto parsed = lines(made.record, support::variables::declared_names);
  support::check_equal(parsed, {R"(request "./数.mjs")", R"(import 0 "😀" as "Ω" from "./数.mjs")", R"(export 0 "größe" local "größe" import - from -)",
                                "export 0 \"\xE2\x80\xA8\" local \"数\" import - from -", R"(export 0 "数" local "数" import - from -)"});
  support::check_equal(rebuilt(std::move(made)), parsed);
}

BOOST_AUTO_TEST_CASE(a_module_with_3000_exports_round_trips) {
  std::string source;
  for (int i = 0; i < 3000; ++i) source += "export const name" + std::to_string(i) + " = " + std::to_string(i) + ";\n";
  auto made = compile(source);
  BOOST_TEST(made.record.exports.size() == 3000u);
  const auto parsed = lines(made.record, support::variables::declared_names);
  support::check_equal(rebuilt(std::move(made)), parsed);
}

BOOST_AUTO_TEST_CASE(flags_tell_of_await_and_import_meta_and_of_nothing_else) {
  const auto check = [](std::string_view source, std::initializer_list<module_flags> flags) {
    auto expected = static_cast<std::uint32_t>(module_flags::strict);  // as all modules are
    for (const auto f : flags) expected |= static_cast<std::uint32_t>(f);
    BOOST_TEST(compile(source).record.flags == expected, source);
  };
  check("", {});
  check("export default 1;", {});
  check("async () => { await 1; };", {});
  check("await 1;", {module_flags::top_level_await});
  check("for await (const x of []);", {module_flags::top_level_await});
  check("export default import.meta.url;", {module_flags::import_meta});
  check("await import.meta;", {module_flags::top_level_await, module_flags::import_meta});
}

BOOST_AUTO_TEST_CASE(syntax_errors_tell_line_column_and_what_is_wrong) {
  const auto twice = error_of("let a = 1;\nlet b;\n  let a = 2;\n");
  BOOST_TEST(twice.line == 3u);
  BOOST_TEST(twice.message.find("'a'") != std::string::npos, twice.message);
  const auto bad = error_of("const x = 1;\n\n   @@;");
  BOOST_TEST(bad.line == 3u);
  BOOST_TEST(bad.column == 4u);
  BOOST_TEST(!bad.message.empty());
  for (const std::string_view source : {"return 1;", "with (a) {}", "export { nothing };", "export const a = 1, a = 2;", "import { a } from 'a'; let a;", "let x = ;", "'",
                                        "/*", "export default 1; export default 2;", "await = 1", "delete x", "010", "<!-- no"}) {
    const auto e = error_of(source);
    BOOST_TEST(e.line == 1u, source << ": " << e.message);
    BOOST_TEST(!e.message.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_compiler_that_met_an_error_goes_on) {
  error_of("let");
  BOOST_TEST(!compile("export const after = 1;").bytecode.empty());
}

BOOST_AUTO_TEST_CASE(a_name_with_a_lone_surrogate_never_gets_into_a_file) {
  for (const std::string_view source : {R"(const x = 1; export { x as "\uD800" };)", R"(import { "\uDC00" as x } from "a";)", R"(export * as "\uD800a" from "a";)",
                                        R"(export { "\uD800" as y } from "a";)"}) {
    const auto made = support::engine().compile("/surrogate.mjs", source, bmes::source_language::java_script);
    BOOST_TEST((made.error || made.record.reason == uncacheable::lone_surrogate), source);
  }
  // A specifier is any string to the language.
  const auto made = support::engine().compile("/surrogate.mjs", R"(import "./\uD800";)", source_language::java_script);
  BOOST_TEST((made.error || made.record.reason == uncacheable::lone_surrogate));
}

BOOST_AUTO_TEST_CASE(a_source_nested_too_deeply_is_an_error_and_no_crash) {
  std::string source;
  for (int i = 0; i < 200000; ++i) source += '[';
  BOOST_TEST(!error_of(source).message.empty());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_UTF_8_become_replacement_characters) {
  const auto made = compile("export const a = '\xFF\xC0';");
  BOOST_TEST(made.record.source.size == 22u);
  BOOST_TEST(!made.bytecode.empty());
}

BOOST_AUTO_TEST_CASE(file_URLs_become_paths) {
  BOOST_TEST(compile("1", "file:///a/b.mjs").record.url == "/a/b.mjs");
  BOOST_TEST(compile("2", "file:///a%20b/%C3%BC.mjs").record.url == "/a b/ü.mjs");
  BOOST_TEST(compile("3", "/a/b.mjs").record.url == "/a/b.mjs");
  BOOST_TEST(compile("4", "name").record.url == "name");
}

BOOST_AUTO_TEST_CASE(equal_texts_get_equal_bytecode_each_time) {
  const auto first = compile("export const twice = () => 'twice';", "/one.mjs"), second = compile("export const twice = () => 'twice';", "/two.mjs");
  BOOST_TEST(!first.bytecode.empty());
  BOOST_TEST((second.record.reason == uncacheable::none));
  BOOST_TEST(!second.bytecode.empty());
  BOOST_TEST(second.record.url == "/two.mjs");
}

BOOST_AUTO_TEST_CASE(bytecode_does_not_hold_the_text_but_the_self_contained_one_does) {
  const std::string comment = "a comment that no bytecode needs, only the text of its module has it";
  const std::string source = "/* " + comment + " */ export const a = 1;";
  const auto has_comment = [&](const std::vector<std::byte>& bytes) {
    return std::search(bytes.begin(), bytes.end(), as_bytes(std::string_view(comment)).begin(), as_bytes(std::string_view(comment)).end()) != bytes.end();
  };
  BOOST_TEST(!has_comment(compile(source).bytecode));
  const auto whole = support::engine().compile_self_contained("/whole.mjs", source, source_language::java_script);
  BOOST_REQUIRE(!whole.error);
  BOOST_TEST(has_comment(whole.bytecode));
  BOOST_TEST(support::engine().compile_self_contained("/bad.mjs", "let a; let a;", source_language::java_script).error.has_value());
}

BOOST_AUTO_TEST_CASE(functions_inside_functions_are_compiled_too) {
  const auto small = compile("export const f = () => 1;").bytecode.size();
  std::string nested = "1";
  for (int i = 0; i < 30; ++i) nested = "() => { const v" + std::to_string(i) + " = 'text " + std::to_string(i) + "'; return " + nested + "; }";
  const auto made = compile("export const f = " + nested + ";");
  BOOST_TEST(made.bytecode.size() > small + 30 * 100);
  const auto innermost = as_bytes(std::string_view("text 0"));
  BOOST_TEST((std::search(made.bytecode.begin(), made.bytecode.end(), innermost.begin(), innermost.end()) != made.bytecode.end()));
}

BOOST_AUTO_TEST_CASE(the_fingerprint_is_the_same_before_and_after_the_engine_started) {
  const auto before = jsc::identity();
  compile("started");
  BOOST_TEST((jsc::identity() == before));
  BOOST_TEST((support::engine().identity() == before));
  BOOST_TEST((before.fingerprint != hash128{}));
  BOOST_TEST(before.description.starts_with("JavaScriptCore "));
}

BOOST_AUTO_TEST_CASE(a_file_of_version_1_has_the_same_entries) {
  const auto made = support::engine().compile_self_contained("/module.mjs", every_kind, source_language::java_script);
  BOOST_REQUIRE(!made.error);
  std::vector<std::byte> bytes(static_cast<std::size_t>(support::must(v1::size(made.record.view(), made.bytecode))));
  support::must(v1::write(made.record.view(), made.bytecode, bytes));
  const auto file = support::must(v1::open(bytes));
  BOOST_TEST(std::ranges::equal(file.bytecode, made.bytecode));
  BOOST_TEST(file.exports.size() == made.record.exports.size());
  // Version 1 has texts only: names that are none are written as the engine spells them, and "" is none.
  std::vector<std::string> got, expected;
  for (const auto e : file.imports) got.push_back(std::string(e.module_request) + " " + std::string(e.local_name));
  for (const auto& e : made.record.imports) expected.push_back(std::string(e.module_request) + " " + std::string(e.local_name));
  for (const auto e : file.exports) got.push_back(std::string(e.export_name) + " " + std::to_string(static_cast<int>(e.type)));
  for (const auto& e : made.record.exports) expected.push_back(std::string(e.export_name) + " " + std::to_string(static_cast<int>(e.type)));
  for (const auto r : file.requests) got.push_back(std::string(r.specifier) + " " + std::to_string(r.attributes.size()));
  for (const auto& r : made.record.requests) expected.push_back(std::string(r.specifier) + " " + std::to_string(r.attributes.size()));
  for (const auto s : file.stars) got.emplace_back(s.module_name);
  for (const auto& s : made.record.stars) expected.emplace_back(s.module_name);
  support::check_equal(got, expected);
}
