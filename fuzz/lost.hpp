// What a graph is without the things that a conversion says it loses.
#pragma once

#include "../tools/conversion.hpp"
#include "model.hpp"

namespace bmes::fuzz {

/// Takes one of the things that tools::lost_in() names from a graph of one module.
inline void take_away(tools::any_graph& any, std::string_view what) {
  if (what == "code features") {
    any.code_features = 0;
    return;
  }
  owned_graph& g = any.graph;
  owned_record& m = g.modules[0];
  if (what == "url") {
    m.url.clear();
  } else if (what == "source identity") {
    m.source = {};
    m.source_length = 0;
  } else if (what == "source text") {
    m.text = {};
  } else if (what == "flags") {
    m.flags = owned_record().flags;
  } else if (what == "the reason why it is not cacheable") {
    m.reason = uncacheable::none;
  } else if (what == "resolved edges") {
    for (module_request& r : m.requests) r.resolved = external;
  } else if (what == "engine identity") {
    g.engines.assign(m.payloads.size(), tools::unknown_engine);
    for (payload& p : m.payloads) p.engine = 0;
  } else if (what == "resolution facts") {
    g.facts.clear();
  } else if (what == "that there is no entry") {
    g.entry = 0;
  } else if (what == "variables") {
    m.variables.clear();
  } else {
    expect(false, "what is lost has a known name");
  }
}

/// A writer's refusal says why, and in which field.
inline void expect_refusal(const error& e) {
  expect(e.code == errc::not_representable || e.code == errc::limit_exceeded || e.code == errc::bad_index, "a refusal has a writer's code");
  expect(!e.field.empty(), "a refusal names a field");
}

/// Makes a file of `version` of the graph, for which that is not too much, and expects it to say all that the graph
/// does but for what is named as lost. Nothing where the graph can't be written.
inline std::vector<std::byte> convert(tools::any_graph& from, std::uint32_t version) {
  const auto lost = tools::lost_in(from, version);
  const auto written = tools::write_graph(from, version);
  if (!written) {
    expect_refusal(written.error());
    expect(version != v4::version || !can_be_said(from.graph.view()), "what version 4 has a place for can be written");
    return {};
  }
  const auto again = tools::read_graph(*written);
  expect(again.has_value() && again->version == version, "what was converted is a valid file of its version");
  for (const auto what : lost) take_away(from, what);
  expect(lines(again->graph.view()) == lines(from.graph.view()), "what is not named as lost survives");
  expect(again->code_features.value_or(0) == from.code_features.value_or(0), "code features that are not named as lost survive");
  return *written;
}

}  // namespace bmes::fuzz
