#include "module_files.hpp"

#include "files.hpp"
#include "support.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bmes/checksum.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace bmes;
using namespace bmes::filesystem;

namespace fs = std::filesystem;

namespace {

/// A folder of the test's own, gone with the object; `F` below stands for its path.
struct folder {
  std::string path;
  module_files files;

  folder() {
    std::string made = (fs::temp_directory_path() / "bmes-files-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = made;
  }
  ~folder() { fs::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  void write(const std::string& name, std::string_view text = "") {
    fs::create_directories(fs::path(path + "/" + name).parent_path());
    std::ofstream(path + "/" + name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string short_form(std::string_view text) const {
    std::string out;
    for (auto at = text.find(path); at != std::string_view::npos; at = text.find(path)) {
      out.append(text.substr(0, at)).push_back('F');
      text.remove_prefix(at + path.size());
    }
    return out.append(text);
  }
  /// The key that `specifier` has in F/main.mjs, or the code of its error.
  std::string key(std::string_view specifier, std::string referrer = {}) {
    const std::string from = referrer.empty() ? path + "/main.mjs" : referrer;
    const auto r = files.resolve({specifier, from});
    return r.error ? std::string(r.error.code) : short_form(r.url);
  }
  std::string message(std::string_view specifier) {
    const std::string from = path + "/main.mjs";
    const auto r = files.resolve({specifier, from});
    return std::string(r.error.is_type_error ? "TypeError " : "Error ") + std::string(r.error.code) + " " + short_form(r.error.message);
  }
  /// What the answer rests on.
  std::string facts(std::string_view specifier) {
    std::string out;
    const std::string from = path + "/main.mjs";
    const auto answer = files.resolve({specifier, from});
    for (const auto& f : answer.facts)
      out.append(f.kind == fact_kind::absent ? "-" : f.kind == fact_kind::directory ? "/" : "+").append(short_form(f.path)).append(" ");
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_specifier_is_a_path_seen_from_its_referrer) {
  folder f;
  f.write("m.mjs");
  f.write("d/e/n.mjs");
  const std::string there = f.path + "/d/e/n.mjs";
  BOOST_TEST(f.key("./m.mjs") == "F/m.mjs");
  BOOST_TEST(f.key(f.path + "/m.mjs") == "F/m.mjs");
  BOOST_TEST(f.key("file://" + f.path + "/m.mjs") == "F/m.mjs");
  BOOST_TEST(f.key("FILE://localhost" + f.path + "/m.mjs") == "F/m.mjs");
  BOOST_TEST(f.key("file:" + f.path + "/m.mjs") == "F/m.mjs");
  BOOST_TEST(f.key("./n.mjs", there) == "F/d/e/n.mjs");
  BOOST_TEST(f.key("../../m.mjs", there) == "F/m.mjs");
  BOOST_TEST(f.key("./.././%2E%2e/./m.mjs", there) == "F/m.mjs");
  BOOST_TEST(f.key("./d//e///n.mjs") == "F/d/e/n.mjs");
  BOOST_TEST(f.key("./d\\e\\n.mjs") == "F/d/e/n.mjs");
  BOOST_TEST(f.key(" ./m.mjs") == "ERR_MODULE_NOT_FOUND", "a package, to Node");
  BOOST_TEST(f.key("./\tm.m\njs ") == "F/m.mjs");
  BOOST_TEST(f.key("/../../../../../../../../.." + f.path + "/m.mjs") == "F/m.mjs");
}

BOOST_AUTO_TEST_CASE(a_query_or_a_fragment_makes_a_module_of_its_own) {
  folder f;
  f.write("m.mjs", "text");
  f.write("n.mjs");
  BOOST_TEST(f.key("./m.mjs?x=1") == "file://F/m.mjs?x=1");
  BOOST_TEST(f.key("./m.mjs?x=1#y") == "file://F/m.mjs?x=1#y");
  BOOST_TEST(f.key("./m.mjs#y?x") == "file://F/m.mjs#y?x");
  BOOST_TEST(f.key("file://" + f.path + "/m.mjs?x") == "file://F/m.mjs?x");
  BOOST_TEST(f.key("./m.mjs?a b\"'<>\xC3\xA9%zz") == "file://F/m.mjs?a%20b%22%27%3C%3E%C3%A9%zz", "as Node writes it");
  BOOST_TEST(f.key("./m.mjs#a b`") == "file://F/m.mjs#a%20b%60");
  BOOST_TEST(f.key("./m.mjs?") == "F/m.mjs");
  BOOST_TEST(f.key("./m.mjs#") == "F/m.mjs");
  BOOST_TEST(f.key("./n.mjs", "file://" + f.path + "/m.mjs?x=/y/z") == "F/n.mjs", "a referrer may be such a URL");
  BOOST_TEST(f.files.fetch("file://" + f.path + "/m.mjs?x=1").text == "text");
}

BOOST_AUTO_TEST_CASE(a_path_may_hold_what_means_something_in_a_url) {
  folder f;
  for (const std::string name : {"a?b.mjs", "a#b.mjs", "a%b.mjs", "a%3Fb.mjs", "a b.mjs", "\xC3\xA9.mjs"}) f.write(name, name);
  f.write("100%/n.mjs", "n");
  BOOST_TEST(f.key("./a%3Fb.mjs") == "F/a?b.mjs");
  BOOST_TEST(f.key("./a%23b.mjs") == "F/a#b.mjs");
  BOOST_TEST(f.key("./a%25b.mjs") == "F/a%b.mjs");
  BOOST_TEST(f.key("./a%253Fb.mjs") == "F/a%3Fb.mjs");
  BOOST_TEST(f.key("./a%20b.mjs") == "F/a b.mjs");
  BOOST_TEST(f.key("./a b.mjs") == "F/a b.mjs");
  BOOST_TEST(f.key("./%C3%A9.mjs?\xC3\xA9") == "file://F/%C3%A9.mjs?%C3%A9");
  BOOST_TEST(f.key("./a%253Fb.mjs?x") == "file://F/a%253Fb.mjs?x");
  BOOST_TEST(f.key("./n.mjs", f.path + "/100%/main.mjs") == "F/100%/n.mjs");
  BOOST_TEST(f.key("./n.mjs", "file://" + f.path + "/100%25/main.mjs?x") == "F/100%/n.mjs");
  for (const std::string name : {"a?b.mjs", "a#b.mjs", "a%b.mjs", "a%3Fb.mjs", "a b.mjs", "\xC3\xA9.mjs"})
    for (const std::string suffix : {"", "?x", "#y"}) {
      const auto key = key_of(f.path + "/" + name, suffix);
      BOOST_TEST(path_of(key) == f.path + "/" + name);
      BOOST_TEST(f.files.fetch(key).text == name);
    }
}

BOOST_AUTO_TEST_CASE(errors_are_those_of_node) {
  folder f;
  f.write("d/readme");
  f.write("m.mjs");
  BOOST_TEST(f.message("./no.mjs") == "Error ERR_MODULE_NOT_FOUND Cannot find module 'F/no.mjs' imported from F/main.mjs");
  BOOST_TEST(f.message("./no.mjs?x=1") == "Error ERR_MODULE_NOT_FOUND Cannot find module 'F/no.mjs' imported from F/main.mjs");
  BOOST_TEST(f.message("./m.mjs/x") == "Error ERR_MODULE_NOT_FOUND Cannot find module 'F/m.mjs/x' imported from F/main.mjs");
  BOOST_TEST(f.message("x") == "Error ERR_MODULE_NOT_FOUND Cannot find package 'x' imported from F/main.mjs");
  BOOST_TEST(f.message("x/y") == "Error ERR_MODULE_NOT_FOUND Cannot find package 'x' imported from F/main.mjs");
  BOOST_TEST(f.message("@s/x/y") == "Error ERR_MODULE_NOT_FOUND Cannot find package '@s/x' imported from F/main.mjs");
  BOOST_TEST(f.message("") == "Error ERR_MODULE_NOT_FOUND Cannot find package '' imported from F/main.mjs");
  for (const std::string name : {"@s", "@", "%61", "x%2fy", ".hidden", "..."})
    BOOST_TEST(f.message(name) ==
               "TypeError ERR_INVALID_MODULE_SPECIFIER Invalid module \"" + name + "\" is not a valid package name imported from F/main.mjs");
  BOOST_TEST(f.message("#x") == "TypeError ERR_PACKAGE_IMPORT_NOT_DEFINED Package import specifier \"#x\" is not defined imported from F/main.mjs");
  BOOST_TEST(f.message("./d") ==
             "Error ERR_UNSUPPORTED_DIR_IMPORT Directory import 'F/d' is not supported resolving ES modules imported from F/main.mjs");
  BOOST_TEST(f.message(".") ==
             "Error ERR_UNSUPPORTED_DIR_IMPORT Directory import 'F/' is not supported resolving ES modules imported from F/main.mjs");
  BOOST_TEST(f.message("./m.mjs/") ==
             "Error ERR_UNSUPPORTED_DIR_IMPORT Directory import 'F/m.mjs/' is not supported resolving ES modules imported from F/main.mjs");
  for (const std::string name : {"a%2fb.mjs", "a%5Cb.mjs"})
    BOOST_TEST(f.message("./" + name) == "TypeError ERR_INVALID_MODULE_SPECIFIER Invalid module \"F/" + name +
                                             "\" must not include encoded \"/\" or \"\\\" characters imported from F/main.mjs");
  for (const std::string name : {"%zz.mjs", "%E9.mjs", "%", "m.mjs%2"}) BOOST_TEST(f.key("./" + name) == "ERR_INVALID_MODULE_SPECIFIER");
  BOOST_TEST(f.key("./m.mjs%00") == "ERR_INVALID_MODULE_SPECIFIER", "a name does not end there");
  BOOST_TEST(f.key(std::string("./m\0.mjs", 8)) == "ERR_INVALID_MODULE_SPECIFIER");
  BOOST_TEST(f.key("//host/m.mjs") == "ERR_INVALID_FILE_URL_HOST");
  BOOST_TEST(f.key("file://host/m.mjs") == "ERR_INVALID_FILE_URL_HOST");
  BOOST_TEST(f.key("http://host/m.mjs") == "ERR_UNSUPPORTED_ESM_URL_SCHEME");
  BOOST_TEST(f.message("node:no") == "Error ERR_UNKNOWN_BUILTIN_MODULE No such built-in module: node:no");
}

BOOST_AUTO_TEST_CASE(a_module_that_can_not_be_read_says_why) {
  folder f;
  f.write("d/readme");
  const auto fetched = f.files.fetch(f.path + "/no.mjs");
  BOOST_TEST(fetched.error.code == "ERR_MODULE_NOT_FOUND");
  BOOST_TEST(f.short_form(fetched.error.message) == "Cannot find module 'F/no.mjs'");
  BOOST_TEST(f.files.fetch("file://" + f.path + "/no.mjs?x").error.message == fetched.error.message);
  BOOST_TEST(f.files.fetch(f.path + "/d").error.code == "ERR_UNSUPPORTED_DIR_IMPORT");
  if (::geteuid() == 0) return;  // who may read everything
  f.write("m.mjs");
  ::chmod((f.path + "/m.mjs").c_str(), 0);
  BOOST_TEST(f.short_form(f.files.fetch(f.path + "/m.mjs").error.message) == "EACCES: permission denied, open 'F/m.mjs'");
}

BOOST_AUTO_TEST_CASE(an_extension_or_an_index_file_is_found_and_what_was_in_its_way_is_a_fact) {
  folder f;
  f.write("a.mjs");
  f.write("b/index.js");
  f.write("c.js/readme");
  f.write("c.json");
  f.write("e/index.mjs");
  f.write("e/index.js/readme");
  BOOST_TEST(f.facts("./a.mjs") == "");
  BOOST_TEST(f.key("./a") == "F/a.mjs");
  BOOST_TEST(f.facts("./a") == "-F/a -F/a.js ");
  BOOST_TEST(f.key("./b") == "F/b/index.js");
  BOOST_TEST(f.facts("./b") == "/F/b -F/b.js -F/b.mjs -F/b.json ");
  BOOST_TEST(f.key("./b/") == "F/b/index.js");
  BOOST_TEST(f.facts("./b/") == "");
  BOOST_TEST(f.key("./c?x") == "file://F/c.json?x");
  BOOST_TEST(f.facts("./c") == "-F/c /F/c.js -F/c.mjs ");
  BOOST_TEST(f.facts("./e") == "/F/e -F/e.js -F/e.mjs -F/e.json /F/e/index.js ");
  BOOST_TEST(f.facts("./no") == "-F/no -F/no.js -F/no.mjs -F/no.json ");
}

BOOST_AUTO_TEST_CASE(a_path_is_looked_at_once_in_a_turn) {
  folder f;
  f.write("x.mjs");
  BOOST_TEST(f.key("./x") == "F/x.mjs");
  f.write("x.js");
  f.write("y");
  // What one answer rests on is what the other ones of the turn rest on.
  BOOST_TEST(f.key("./x") == "F/x.mjs");
  BOOST_TEST(f.facts("./x") == "-F/x -F/x.js ");
  BOOST_TEST(f.key("./x.js") == "ERR_MODULE_NOT_FOUND");
  BOOST_TEST(f.key("./y") == "F/y");
  f.files.new_turn();
  BOOST_TEST(f.key("./x") == "F/x.js");
  BOOST_TEST(f.facts("./x") == "-F/x ");
}

BOOST_AUTO_TEST_CASE(a_module_of_a_graph_is_fresh_until_a_turn_sees_it_changed) {
  folder f;
  f.write("a.mjs", "1");
  f.write("b.mjs", "1");
  owned_graph graph;
  for (const auto& key : std::vector<std::string>{f.path + "/a.mjs", "file://" + f.path + "/a.mjs?x", f.path + "/b.mjs"}) {
    graph.modules.emplace_back().url = key;
    graph.modules.back().source = f.files.fetch(key).identity;
  }
  const auto bytes = support::write_v4(graph);
  const auto file = support::must(v4::file::open(bytes));
  f.files.set_graph(file);
  const auto fresh = [&] {
    std::string out;
    for (std::uint32_t i = 0; i < 3; ++i) out += f.files.is_fresh(i) ? '+' : '-';
    return out;
  };
  BOOST_TEST(fresh() == "+++");
  f.write("a.mjs", "2");
  BOOST_TEST(fresh() == "+++");
  f.files.new_turn();
  // In the file's order: the two paths, then the URL.
  BOOST_TEST(fresh() == "-+-");
  fs::remove(f.path + "/b.mjs");
  f.files.new_turn();
  BOOST_TEST(fresh() == "---");
}

BOOST_AUTO_TEST_CASE(times_that_the_next_change_may_leave_as_they_are_are_not_kept) {
  folder f;
  f.write("fine.mjs");
  f.write("whole.mjs");
  const auto set = [&](const std::string& name, std::int64_t nanoseconds) {
    const std::array<timespec, 2> times{timespec{1'000'000'000, nanoseconds}, timespec{1'000'000'000, nanoseconds}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, (f.path + "/" + name).c_str(), times.data(), 0) == 0);
  };
  // Of file systems that keep whole seconds, at most the change time of another one is at hand.
  set("fine.mjs", 1);
  set("whole.mjs", 0);
  const auto known = [&](const std::string& name) {
    const auto identity = read_file(f.path + "/" + name).identity;
    return identity.modification_time != 0 && identity.change_time != 0;
  };
  BOOST_TEST(!known("fine.mjs"));
  BOOST_TEST(!known("whole.mjs"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  BOOST_TEST(known("fine.mjs"));
  BOOST_TEST(!known("whole.mjs"), "another edit within the second has the same times");
  std::this_thread::sleep_for(std::chrono::milliseconds(2000));
  BOOST_TEST(known("whole.mjs"));
}

BOOST_AUTO_TEST_CASE(a_link_to_another_file_of_the_same_size_and_times_is_seen) {
  folder f;
  struct stat a {
  }, b{};
  do {
    f.write("a/m.mjs", "export default 1;");
    f.write("b/m.mjs", "export default 2;");
    ::stat((f.path + "/a/m.mjs").c_str(), &a);
    ::stat((f.path + "/b/m.mjs").c_str(), &b);
  } while (a.st_ctim.tv_sec != b.st_ctim.tv_sec || a.st_ctim.tv_nsec != b.st_ctim.tv_nsec || a.st_mtim.tv_nsec != b.st_mtim.tv_nsec);
  fs::create_directory_symlink("a", f.path + "/link");
  std::this_thread::sleep_for(std::chrono::milliseconds(a.st_ctim.tv_nsec == 0 ? 2100 : 100));
  const auto known = read_file(f.path + "/link/m.mjs").identity;
  BOOST_TEST(check_file(known, f.path + "/link/m.mjs", look).holds);
  fs::remove(f.path + "/link");
  fs::create_directory_symlink("b", f.path + "/link");
  BOOST_TEST(!check_file(known, f.path + "/link/m.mjs", look).holds);
}

BOOST_AUTO_TEST_CASE(a_hash_alone_is_that_of_the_text_and_nothing_keeps_it_waiting) {
  folder f;
  std::string text;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{128 * 1024}, std::size_t{128 * 1024 + 1}, std::size_t{700'000}}) {
    while (text.size() < size) text += static_cast<char>('a' + text.size() * 7 % 26);
    f.write("m.mjs", text);
    const auto path = f.path + "/m.mjs";
    BOOST_TEST((look(path, true).identity.hash == checksum128(as_bytes(text))), size);
    BOOST_TEST((read_file(path).identity.hash == checksum128(as_bytes(text))), size);
  }
  BOOST_TEST((look("/dev/null", true).identity.hash == checksum128({})));
  BOOST_TEST((look("/dev/zero", true).identity.hash == hash128{}), "it has no end");
  BOOST_REQUIRE(::mkfifo((f.path + "/pipe").c_str(), 0600) == 0);
  BOOST_TEST((look(f.path + "/pipe", true).kind == fact_kind::file));
}
