// Opens a file of any version and looks at all that can be reached, whether or not the file is valid.
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

std::size_t touch_graph(const v4::file& f, bool valid) {
  std::size_t sum = 0;
  // Not the file's own count, which is not proven before validate(): but every index has to be safe.
  for (std::uint32_t i = 0; i < f.rows<v4::module_row>().size(); ++i) {
    const auto m = f.module_at(i);
    sum += touch(m.url()) + touch_entries(m.requests(), m.imports(), m.exports(), m.stars());
    for (const variable v : m.variables()) sum += touch(v.variable_name);
    for (const v4::payload_view p : m.payloads())
      if (const auto bytes = f.payload_bytes(p.blob)) sum += touch(*bytes);
    if (!valid) continue;
    expect(f.find_module(m.url()) == i, "a module is found by its URL");
    for (const export_entry e : m.exports()) expect(m.find_export(e.export_name) == e, "an export is found by its name");
  }
  for (std::uint32_t i = 0; i < f.engine_count() && i < 100; ++i) sum += touch(f.engine(i).description);
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
  if (const auto f = v4::file::open(bytes)) {
    const auto valid = f->validate();
    if (!valid) expect_placed(valid.error(), size);
    consume(touch_graph(*f, valid.has_value()));
  } else {
    expect_placed(f.error(), size);
  }
  return 0;
}
