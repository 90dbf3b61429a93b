#include "module_files.hpp"
#include "files.hpp"
#include "support.hpp"

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

// What specifiers mean, against what Node said of the same files (test/resolution/make-table).

using namespace bmes;
using namespace bmes::filesystem;

namespace fs = std::filesystem;

namespace {

const std::string data = std::getenv("BMES_RESOLUTION");

std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream in(data + "/" + name);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with("# ")) out.push_back(line);
  BOOST_REQUIRE(!out.empty());
  return out;
}

bool is_builtin(std::string_view name) {
  if (name.starts_with("node:")) name.remove_prefix(5);
  return name == "fs" || name == "fs/promises" || name == "path";
}

/// The files of tree.txt, in a folder that is gone with the object; `F` below stands for its path.
struct tree {
  std::string path;
  module_files files;

  explicit tree(package_options options = {}) : files(with_builtins(std::move(options))) {
    std::string made = (fs::temp_directory_path() / "bmes-tree-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = fs::canonical(made);
    std::ofstream file;
    for (const std::string& line : lines_of("tree.txt")) {
      if (line.starts_with("== ")) {
        file = open(line.substr(3));
      } else if (line.starts_with("-> ")) {
        file = {};
        const auto space = line.find(' ', 3);
        fs::create_symlink(line.substr(space + 1), path + "/" + line.substr(3, space - 3));
      } else if (!line.empty()) {
        file << line << '\n';
      }
    }
  }
  ~tree() { fs::remove_all(path); }
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;

  static package_options with_builtins(package_options options) {
    options.is_builtin = is_builtin;
    return options;
  }
  [[nodiscard]] std::ofstream open(const std::string& name) const {
    const std::string at = path + "/" + name;
    fs::create_directories(fs::path(at).parent_path());
    return std::ofstream(at, std::ios::binary);
  }
  [[nodiscard]] std::string short_form(std::string text) const {
    for (auto at = text.find(path); at != std::string::npos; at = text.find(path)) text.replace(at, path.size(), 1, 'F');
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n')) text.replace(at, 1, std::string("\\n"));
    return text;
  }
  resolution answer(const std::string& from, const std::string& specifier, bool by_require = false) {
    const std::string referrer = path + "/" + from;
    return files.resolve({specifier, referrer, by_require});
  }
  std::string told(const std::string& from, const std::string& specifier, bool by_require) {
    const auto r = answer(from, specifier, by_require);
    if (r.error) return short_form((r.error.is_type_error ? "TypeError " : "Error ") + std::string(r.error.code) + " " + r.error.message);
    if (is_builtin(r.url)) return r.url.starts_with("node:") ? r.url : "node:" + r.url;
    return short_form(by_require ? r.url : url_of(r.url));
  }
  std::string key(const std::string& from, const std::string& specifier, bool by_require = false) {
    const auto r = answer(from, specifier, by_require);
    return r.error ? std::string(r.error.code) : short_form(r.url);
  }
  std::set<std::string> facts(const std::string& from, const std::string& specifier) {
    std::set<std::string> out;
    for (const auto& f : answer(from, specifier).facts)
      out.insert(std::string(1, f.kind == fact_kind::absent ? '-' : f.kind == fact_kind::directory ? '/' : '+').append(short_form(f.path)));
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(specifiers_mean_what_they_mean_to_node) {
  tree t;
  std::size_t count = 0;
  for (const std::string& line : lines_of("table.txt")) {
    const auto from = line.find('\t') + 1, specifier = line.find('\t', from) + 1, answer = line.find('\t', specifier) + 1;
    const bool by_require = line.starts_with("require");
    const std::string asked = line.substr(specifier, answer - specifier - 1), where = line.substr(from, specifier - from - 1);
    std::string node = line.substr(answer);
    // Node writes this one as a URL where the module that asks is not known.
    if (const auto at = node.find("\"file://F"); by_require && at != std::string::npos) node.erase(at + 1, 7);
    if (by_require && is_builtin(node) && !node.starts_with("node:")) node.insert(0, "node:");
    const std::string told = t.told(where, asked, by_require);
    // An import of a relative path finds more here: extensions and index files.
    const bool is_extended = !by_require && kind_of(asked) == specifier_kind::path && node.starts_with("Error ") && told.starts_with("file:");
    if (is_extended) continue;
    BOOST_TEST(told == node, line.substr(0, answer) << "\n  is " << told << "\n  in Node " << node);
    ++count;
  }
  BOOST_TEST(count > 350);
}

BOOST_AUTO_TEST_CASE(conditions_of_the_command_line_come_beside_those_of_every_program) {
  tree t({{}, {"custom"}, false});
  BOOST_TEST(t.key("app/main.js", "exporting/custom") == "F/app/node_modules/exporting/sub.js");
  BOOST_TEST(t.key("app/main.js", "exporting/nested") == "F/app/node_modules/exporting/esm.mjs");
}

BOOST_AUTO_TEST_CASE(links_are_kept_where_they_are_to_be_preserved) {
  tree t({{}, {}, true});
  BOOST_TEST(t.key("app/main.js", "linked") == "F/app/node_modules/linked/m.js");
  BOOST_TEST(t.key("app/main.js", "./link.js") == "F/app/link.js");
  BOOST_TEST(t.key("app/main.js", "linked-twice", true) == "F/app/node_modules/linked-twice/m.js");
}

BOOST_AUTO_TEST_CASE(an_answer_comes_with_all_that_it_rests_on) {
  tree t;
  const auto has = [](const std::set<std::string>& all, std::initializer_list<const char*> some) {
    return std::ranges::all_of(some, [&](const char* each) { return all.contains(each); });
  };
  const auto above = t.facts("app/lib/deep/x.mjs", "above");
  BOOST_TEST(has(above, {"-F/app/lib/deep/node_modules/above", "-F/app/node_modules/above", "/F/node_modules/above", "+F/node_modules/above/package.json",
                         "-F/node_modules/above/", "-F/app/lib/deep/package.json", "+F/app/package.json"}));
  BOOST_TEST(has(t.facts("app/main.js", "plain"), {"-F/app/node_modules/plain/lib/start", "+F/app/node_modules/plain/package.json"}));
  BOOST_TEST(has(t.facts("app/main.js", "linked-twice"), {"+F/app/node_modules/linked-twice/", "+F/app/node_modules/linked/"}));
  BOOST_TEST(has(t.facts("app/main.js", "#internal"), {"+F/app/package.json"}));
  BOOST_TEST(has(t.facts("app/main.js", "./link.js"), {"+F/app/link.js/"}));
}

BOOST_AUTO_TEST_CASE(a_fact_about_a_link_holds_until_it_leads_elsewhere) {
  tree t;
  const auto before = t.answer("app/main.js", "linked");
  const auto holds = [&] {
    return std::ranges::all_of(before.facts, [](const observed_fact& f) {
      if (f.kind == fact_kind::file) return check_file(f.identity, f.path, look).holds;
      return look(f.path, false).kind == f.kind;
    });
  };
  BOOST_TEST(holds());
  // The same files under another name, as package managers lay out two versions of what a package needs.
  fs::copy(t.path + "/app/node_modules/store/real", t.path + "/app/node_modules/store/other");
  for (const char* name : {"package.json", "m.js"}) {
    fs::remove(t.path + "/app/node_modules/store/other/" + name);
    fs::create_hard_link(t.path + "/app/node_modules/store/real/" + name, t.path + "/app/node_modules/store/other/" + name);
  }
  fs::remove(t.path + "/app/node_modules/linked");
  fs::create_symlink("store/other", t.path + "/app/node_modules/linked");
  BOOST_TEST(!holds());
  // A folder that becomes a link.
  const auto plain = t.answer("app/main.js", "no-main");
  fs::rename(t.path + "/app/node_modules/no-main", t.path + "/app/moved");
  fs::create_symlink("../moved", t.path + "/app/node_modules/no-main");
  BOOST_TEST(std::ranges::any_of(plain.facts, [](const observed_fact& f) { return look(f.path, false).kind != f.kind; }));
}

BOOST_AUTO_TEST_CASE(a_package_json_is_read_again_when_it_has_changed_and_only_then) {
  tree t;
  BOOST_TEST(t.key("app/main.js", "sugar") == "F/app/node_modules/sugar/main.js");
  t.open("app/node_modules/sugar/package.json") << R"({"name": "sugar", "exports": "./other.js"})";
  BOOST_TEST(t.key("app/main.js", "sugar") == "F/app/node_modules/sugar/main.js", "within a turn the disk is one");
  t.files.new_turn();
  BOOST_TEST(t.key("app/main.js", "sugar") == "F/app/node_modules/sugar/other.js");
  fs::remove(t.path + "/app/node_modules/sugar/package.json");
  t.files.new_turn();
  BOOST_TEST(t.key("app/main.js", "sugar") == "ERR_MODULE_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_module_is_what_its_name_and_its_package_say) {
  tree t;
  const auto format = [&](const std::string& name, bool by_require = false) -> std::string {
    const std::string key = name.starts_with("data:") ? name : t.path + "/" + name;
    const auto answer = t.files.format_of(key, by_require);
    if (answer.error) return std::string(answer.error.code);
    switch (answer.format) {
      case module_format::java_script: return "module";
      case module_format::common_js: return "commonjs";
      case module_format::by_text: return "by text";
      case module_format::json: return "json";
    }
    return {};
  };
  BOOST_TEST(format("app/main.js") == "module");
  BOOST_TEST(format("app/main.js", true) == "module");
  BOOST_TEST(format("app/bin") == "module");
  BOOST_TEST(format("app/c.cjs") == "commonjs");
  BOOST_TEST(format("app/lib/data.json") == "json");
  BOOST_TEST(format("app/node_modules/nesting/index.js") == "commonjs");
  BOOST_TEST(format("app/node_modules/nesting/index.mjs") == "module");
  BOOST_TEST(format("app/node_modules/plain/extra.js") == "by text");
  BOOST_TEST(format("app/node_modules/no-main/index.js") == "by text", "the folder above is another package");
  BOOST_TEST(format("untyped/tool") == "by text");
  BOOST_TEST(format("app/readme.txt") == "ERR_UNKNOWN_FILE_EXTENSION");
  BOOST_TEST(format("untyped/x.txt", true) == "commonjs");
  BOOST_TEST(format("untyped/x.node", true) == "ERR_UNKNOWN_FILE_EXTENSION");
  BOOST_TEST(format("app/node_modules/invalid/index.js") == "ERR_INVALID_PACKAGE_CONFIG");
  BOOST_TEST(format("app/a.ts") == "module");
  BOOST_TEST(format("untyped/a.tsx") == "by text");
  BOOST_TEST(format("untyped/a.mts", true) == "module");
  BOOST_TEST(format("app/a.cts") == "commonjs");
  for (const char* const name : {"app/node_modules/plain/a.ts", "app/node_modules/plain/a.mts", "app/node_modules/plain/a.cts"})
    BOOST_TEST(format(name) == "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING");
  BOOST_TEST(format("data:text/javascript,1") == "module");
  BOOST_TEST(format("data:TEXT/JavaScript;charset=utf-8,1") == "module");
  BOOST_TEST(format("data:application/json,{}") == "json");
  BOOST_TEST(format("data:text/css,x") == "ERR_UNKNOWN_MODULE_FORMAT");
}

BOOST_AUTO_TEST_CASE(a_data_url_has_its_text_in_it) {
  tree t;
  const auto text = [&](const std::string& specifier) {
    const auto r = t.answer("app/main.js", specifier);
    return r.error ? std::string(r.error.code) : t.files.fetch(r.url).text;
  };
  BOOST_TEST(text("data:text/javascript,export default 1") == "export default 1");
  BOOST_TEST(text("data:text/javascript,%65%78port%zz") == "export%zz");
  BOOST_TEST(text("data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgMQ==") == "export default 1");
  BOOST_TEST(text("DATA:text/javascript,1#fragment") == "1");
  BOOST_TEST((look("data:text/javascript,1", false).kind == fact_kind::file));
  const auto inside = t.files.resolve({"./x.js", "data:text/javascript,1"});
  BOOST_TEST(inside.error.code == "ERR_UNSUPPORTED_RESOLVE_REQUEST");
}

BOOST_AUTO_TEST_CASE(an_entry_is_found_as_a_user_types_it) {
  tree t;
  const auto entry = [&](const std::string& name) { return t.short_form(t.files.entry_key(t.path + "/" + name)); };
  BOOST_TEST(entry("app/main.js") == "F/app/main.js");
  BOOST_TEST(entry("app/main") == "F/app/main.js");
  BOOST_TEST(entry("app/link.js") == "F/app/lib/internal.js");
  BOOST_TEST(entry("app/node_modules/plain") == "F/app/node_modules/plain/lib/start.js");
  BOOST_TEST(entry("app/lib/") == "F/app/lib/index.js");
  BOOST_TEST(entry("app/no.js") == "F/app/no.js");
}
