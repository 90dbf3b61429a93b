#include "support.hpp"

#include <bmes/resolve_export.hpp>

using namespace bmes;

BOOST_AUTO_TEST_SUITE(resolve_export_tests)

namespace {

// Modules of a letter each, which request each other by that letter.
struct graph_of {
  owned_graph graph;
  support::buffer bytes;
  v4::file file;

  owned_record& module(char letter) {
    const std::string url(1, letter);
    for (owned_record& m : graph.modules)
      if (m.url == url) return m;
    graph.modules.emplace_back();
    graph.modules.back().url = url;
    return graph.modules.back();
  }
  std::string_view request(char from, char to) {
    module(to);
    owned_record& m = module(from);
    const std::string specifier(1, to);
    for (const module_request& r : m.requests)
      if (r.specifier == specifier) return r.specifier;
    m.add_request(m.keep(specifier));
    return m.requests.back().specifier;
  }
  graph_of& local(char m, std::string_view name, std::string_view bound = "x") {
    module(m).exports.push_back({export_type::local, name, {}, {}, bmes::name(bound)});
    return *this;
  }
  graph_of& indirect(char m, std::string_view name, char from, std::string_view imported) {
    const auto specifier = request(m, from);
    module(m).exports.push_back({export_type::indirect, name, bmes::name(specifier), bmes::name(imported), {}});
    return *this;
  }
  graph_of& whole(char m, std::string_view name, char from) {
    const auto specifier = request(m, from);
    module(m).exports.push_back({export_type::namespace_object, name, bmes::name(specifier), {}, {}});
    return *this;
  }
  graph_of& star(char m, char from) {
    const auto specifier = request(m, from);
    module(m).stars.push_back({specifier});
    return *this;
  }

  void write() {
    for (owned_record& m : graph.modules)
      for (module_request& r : m.requests)
        for (std::uint32_t i = 0; i < graph.modules.size(); ++i)
          if (graph.modules[i].url == r.specifier) r.resolved = i;
    bytes = support::write_v4(graph);
    file = support::must(v4::file::open(bytes));
  }
  // "name=module.local" of each export, "name=?" where it is not known.
  std::string exports(char letter) {
    write();
    export_resolver resolver(file);
    std::string out;
    for (const exported_binding& e : resolver.exports_of(file.find_module(std::string(1, letter)).value())) {
      if (!out.empty()) out += ' ';
      out.append(file.text_at(e.export_name)).append("=");
      if (!e.is_known()) {
        out += "?";
        continue;
      }
      out.append(file.module_at(e.module).url()).append(".");
      out.append(e.local_name == v4::name_ref::star_namespace ? "*" : file.text_at(static_cast<std::uint32_t>(e.local_name)));
    }
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(local_exports_are_bound_where_they_are) {
  BOOST_TEST(graph_of().local('a', "f", "g").local('a', "default", "d").exports('a') == "default=a.d f=a.g");
}

BOOST_AUTO_TEST_CASE(indirect_exports_are_followed_to_the_end) {
  graph_of g;
  g.indirect('a', "f", 'b', "g").indirect('b', "g", 'c', "default").local('c', "default", "h");
  BOOST_TEST(g.exports('a') == "f=c.h");
}

BOOST_AUTO_TEST_CASE(a_namespace_is_bound_as_a_whole) {
  BOOST_TEST(graph_of().whole('a', "ns", 'b').local('b', "f").exports('a') == "ns=b.*");
  BOOST_TEST(graph_of().indirect('a', "n", 'b', "ns").whole('b', "ns", 'c').exports('a') == "n=c.*");
}

BOOST_AUTO_TEST_CASE(stars_bring_all_names_but_default) {
  graph_of g;
  g.star('a', 'b').star('a', 'c').local('b', "f").local('b', "default").local('c', "g").star('c', 'd').local('d', "h");
  BOOST_TEST(g.exports('a') == "f=b.x g=c.x h=d.x");
}

BOOST_AUTO_TEST_CASE(own_exports_come_before_those_of_stars) {
  BOOST_TEST(graph_of().local('a', "f", "own").star('a', 'b').local('b', "f").local('b', "g").exports('a') == "f=a.own g=b.x");
}

BOOST_AUTO_TEST_CASE(a_name_that_two_stars_bring_is_known_only_when_it_is_one_binding) {
  graph_of g;
  g.star('a', 'b').star('a', 'c').local('b', "f").local('c', "f").local('c', "g");
  BOOST_TEST(g.exports('a') == "f=? g=c.x");
  graph_of same;
  same.star('a', 'b').star('a', 'c').indirect('b', "f", 'd', "f").star('c', 'd').local('d', "f");
  BOOST_TEST(same.exports('a') == "f=d.x");
}

BOOST_AUTO_TEST_CASE(what_is_not_found_is_not_known) {
  BOOST_TEST(graph_of().indirect('a', "f", 'b', "g").local('b', "f").exports('a') == "f=?");
  BOOST_TEST(graph_of().indirect('a', "f", 'b', "f").star('b', 'c').local('c', "g").exports('a') == "f=?");
}

BOOST_AUTO_TEST_CASE(an_ambiguous_name_stays_unknown_behind_other_stars) {
  graph_of g;
  g.star('a', 'b').star('a', 'e').star('b', 'c').star('b', 'd').local('c', "f").local('d', "f").indirect('e', "f", 'c', "f");
  BOOST_TEST(g.exports('a') == "f=?");
}

BOOST_AUTO_TEST_CASE(circles_are_left_to_the_engine) {
  BOOST_TEST(graph_of().indirect('a', "f", 'b', "f").indirect('b', "f", 'a', "f").exports('a') == "f=?");
  BOOST_TEST(graph_of().indirect('a', "f", 'a', "f").local('a', "g").exports('a') == "f=? g=a.x");
  graph_of stars;
  stars.local('a', "f").star('a', 'b').local('b', "g").star('b', 'a');
  BOOST_TEST(stars.exports('a') == "f=a.x");
  BOOST_TEST(stars.exports('b') == "g=b.x");
}

BOOST_AUTO_TEST_CASE(modules_without_a_record_are_left_to_the_engine) {
  graph_of g;
  g.star('a', 'j').indirect('a', "d", 'j', "default").local('a', "f");
  g.module('j').reason = uncacheable::not_java_script;
  BOOST_TEST(g.exports('a') == "d=? f=a.x");
}

BOOST_AUTO_TEST_CASE(requests_that_lead_out_are_left_to_the_engine) {
  graph_of g;
  g.local('a', "f");
  owned_record& m = g.module('a');
  m.add_request("node:fs");
  m.stars.push_back({m.requests.back().specifier});
  m.exports.push_back({export_type::indirect, "r", name(m.requests.back().specifier), name("readFileSync"), {}});
  BOOST_TEST(g.exports('a') == "f=a.x r=?");
}

BOOST_AUTO_TEST_CASE(one_name_is_found_or_not) {
  graph_of g;
  g.star('a', 'b').local('b', "f").local('b', "g");
  g.write();
  export_resolver resolver(g.file);
  const auto a = g.file.find_module("a").value(), b = g.file.find_module("b").value();
  const auto f = static_cast<std::uint32_t>(g.file.module_at(b).export_rows()[0].export_name);
  BOOST_REQUIRE(resolver.find(a, f).has_value());
  BOOST_TEST(resolver.find(a, f)->module == b);
  BOOST_TEST(!resolver.find(a, g.file.string_count()).has_value());
  BOOST_TEST(!resolver.find(g.file.module_count(), f).has_value());
}

// Each module stars the one before it and adds a name: all names of all modules would be the square of their number.
BOOST_AUTO_TEST_CASE(what_stars_bring_is_bounded) {
  constexpr std::uint32_t modules = 3000;
  owned_graph g;
  g.modules.resize(modules);
  for (std::uint32_t i = 0; i < modules; ++i) {
    owned_record& m = g.modules[i];
    m.url.append("/").append(std::to_string(i));
    m.exports.push_back({export_type::local, m.keep(std::string("n").append(std::to_string(i))), {}, {}, name("x")});
    if (i == 0) continue;
    m.add_request(m.keep(std::string("./").append(std::to_string(i - 1))), {}, import_phase::evaluation, i - 1);
    m.stars.push_back({m.requests.back().specifier});
  }
  const auto bytes = support::write_v4(g);
  const auto file = support::must(v4::file::open(bytes));
  export_resolver resolver(file);
  std::size_t rows = 0;
  for (std::uint32_t i = 0; i < modules; ++i) rows += resolver.exports_of(i).size();
  BOOST_TEST(rows > modules);
  BOOST_TEST(rows <= 1024 + 17 * modules);
  BOOST_TEST(resolver.exports_of(file.find_module("/2").value()).size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
