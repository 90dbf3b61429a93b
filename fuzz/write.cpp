// Bytes as a graph, written: exactly what can be said is accepted, reads back as it was, in the size that was told
// before, and in whatever order it was told.
#include "lost.hpp"
#include "make_graph.hpp"

#include <random>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

/// The same graph, told in another order.
void shuffle(owned_graph& g, std::uint64_t seed) {
  std::minstd_rand chance(static_cast<std::uint32_t>(seed));
  const auto mix = [&](auto& items) { std::shuffle(items.begin(), items.end(), chance); };
  // The place of each item, and where each place went.
  const auto mix_referred = [&](auto& items) {
    std::vector<std::uint32_t> order(items.size()), place(items.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    mix(order);
    std::remove_cvref_t<decltype(items)> mixed;
    for (const std::uint32_t i : order) place[i] = static_cast<std::uint32_t>(mixed.size()), mixed.push_back(std::move(items[i]));
    items = std::move(mixed);
    return place;
  };
  const auto modules = mix_referred(g.modules);
  const auto engines = mix_referred(g.engines);
  const auto follow = [&](std::uint32_t& to, const auto& place) {
    if (to < place.size()) to = place[to];
  };
  follow(g.entry, modules);
  mix(g.facts);
  for (owned_record& m : g.modules) {
    for (module_request& r : m.requests) follow(r.resolved, modules);
    for (auto& with : m.attributes) mix(with);
    for (payload& p : m.payloads) follow(p.engine, engines);
    mix(m.imports), mix(m.exports), mix(m.variables), mix(m.payloads);
  }
}

/// What version 4 refuses and accepts, and how it is written.
void write_v4(owned_graph& g, std::uint64_t seed) {
  const bool valid = can_be_said(g.view());
  const auto graph = g.view();
  const auto plan = v4::plan::make(graph);
  expect(plan.has_value() == valid, "what can be said is written, and nothing else");
  if (!plan) return expect_refusal(plan.error());
  std::vector<std::byte> bytes(static_cast<std::size_t>(plan->size()), std::byte{0xA5});
  const auto too_small = plan->write(std::span(bytes).first(bytes.size() - 1));
  expect(!too_small && too_small.error().code == errc::output_too_small, "an output that is too small is refused");
  const auto written = plan->write(bytes);
  expect(written && *written == bytes.size(), "a file has the size that was told");

  const auto file = v4::file::open(bytes);
  expect(file.has_value(), "what was written is valid");
  expect(lines(to_owned(*file).view()) == lines(graph), "what was written reads back as it was");
  shuffle(g, seed);
  const auto other = v4::to_bytes(g.view());
  expect(other && *other == bytes, "a file does not depend on the order in which it was told");
}

/// The same for the versions that hold one module.
template <class... Features>
void write_sequential(const owned_record& m, auto size_of, auto write_to, auto open, Features... features) {
  const byte_view bytecode = m.payloads.empty() ? byte_view() : m.payloads[0].bytes;
  const auto size = size_of(m.view(), bytecode, features...);
  if (!size) return expect_refusal(size.error());
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size), std::byte{0xA5});
  const auto too_small = write_to(m.view(), bytecode, features..., std::span(bytes).first(bytes.size() - 1));
  expect(!too_small && too_small.error().code == errc::output_too_small, "an output that is too small is refused");
  const auto written = write_to(m.view(), bytecode, features..., std::span(bytes));
  expect(written && *written == bytes.size(), "a module has the size that was told");
  expect(open(bytes).has_value(), "a module that was written is valid");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  graph_maker maker(std::as_bytes(std::span(data, size)));
  auto g = maker.make();
  const auto seed = maker.number();
  for (const owned_record& m : g.modules) {
    write_sequential(m, v1::size, v1::write, v1::open);
    write_sequential(m, v3::size, v3::write, v3::open, static_cast<std::uint32_t>(seed));
  }
  for (const std::uint32_t version : {v1::version, v3::version}) {
    tools::any_graph any{v4::version, graph_maker(std::as_bytes(std::span(data, size))).make(), static_cast<std::uint32_t>(seed)};
    // Bytecode of no engine is beyond what a graph says.
    if (can_be_said(any.graph.view()) && tools::too_much_for(any, version).empty()) convert(any, version);
  }
  write_v4(g, seed);
  return 0;
}
