// Opens a file of any version and looks at all that can be reached.
#include "target.hpp"

using namespace bmes;
using namespace bmes::fuzz;

namespace {

std::size_t touch_entries(const auto& requests, const auto& imports, const auto& exports, const auto& stars) {
  std::size_t sum = 0;
  for (const auto r : requests) {
    sum += touch(r.specifier);
    for (const import_attribute a : r.attributes) sum += touch(a.key) + touch(a.value);
  }
  for (const import_entry e : imports) sum += touch(e.module_request) + touch(e.import_name) + touch(e.local_name);
  for (const export_entry e : exports) sum += touch(e.export_name) + touch(e.module_name) + touch(e.import_name) + touch(e.local_name);
  for (const star_export s : stars) sum += touch(s.module_name);
  return sum;
}

std::size_t touch_graph(const v4::file& f, bool payloads_hold) {
  std::size_t sum = 0;
  for (const v4::module_view m : f.modules()) {
    sum += touch(m.url()) + touch_entries(m.requests(), m.imports(), m.exports(), m.stars());
    for (const variable v : m.variables()) sum += touch(v.variable_name);
    for (const v4::payload_view p : m.payloads()) {
      const byte_view bytes = m.payload_for(p.engine);
      expect(!payloads_hold || !bytes.empty(), "a payload is found by its engine");
      sum += bytes.size();
    }
    sum += m.text().size();
    expect(f.find_module(m.url()) == m.index(), "a module is found by its URL");
    for (const export_entry e : m.exports()) expect(m.find_export(e.export_name) == e, "an export is found by its name");
  }
  for (std::uint32_t i = 0; i < f.blob_count(); ++i) sum += touch(f.payload_bytes(i).value_or({}));
  for (const engine_identity e : f.engines()) sum += touch(e.description);
  for (const resolution_fact fact : f.facts()) sum += touch(fact.path);
  return sum + f.text_at(0xFFFFFFFF).size() + f.module_at(0xFFFFFFFF).requests().size();
}

// The sums have to be made: nothing else comes of looking.
void consume(std::size_t sum) {
  static volatile std::size_t seen;
  seen = seen + sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const bounded_work limit(size, 0);
  if (const auto f = v1::open(bytes)) {
    consume(touch_entries(f->requests, f->imports, f->exports, f->stars) + touch(f->bytecode));
  } else {
    expect_placed(f.error(), size);
  }
  if (const auto f = v3::open(bytes)) {
    consume(touch_entries(f->requests, f->imports, f->exports, f->stars) + touch(f->bytecode));
  } else {
    expect_placed(f.error(), size);
  }
  const auto whole = v4::file::open(bytes);
  if (!whole) expect_placed(whole.error(), size);
  if (const auto f = v4::file::open(bytes, v4::payload_proof::at_use)) {
    consume(touch_graph(*f, whole.has_value()));
    expect(whole || whole.error().code == errc::bad_checksum, "only a payload can be bad in a file that opens without their proof");
  } else {
    expect(whole.error() == f.error() || whole.error().code == errc::bad_checksum, "the proof of payloads changes nothing else");
  }
  return 0;
}
