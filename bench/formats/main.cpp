#include <benchmark/benchmark.h>

#include <algorithm>
#include <bmes/owned.hpp>
#include <bmes/v4_write.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <random>
#include <string>

#include "content.hpp"

// The formats side by side: the same content, the same look at it, in one process. compare-formats makes the files,
// runs this and judges; names of benchmarks are what/content/format.

namespace {

std::uint64_t allocations = 0, allocated_bytes = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations, allocated_bytes += size;
  void* out = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (out == nullptr) std::abort();
  return out;
}
void* allocate(std::size_t size) {
  ++allocations, allocated_bytes += size;
  void* out = std::malloc(size);
  if (out == nullptr) std::abort();
  return out;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t a) { return allocate(size, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t size, std::align_val_t a) { return allocate(size, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

using namespace formats;
using bytes = std::vector<std::byte>;

const format* const all_formats[] = {&bmes_format, &flatbuffers, &flatbuffers_unshared, &capnproto, &protobuf, &protobuf_arena};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "formats: %s\n", what.c_str());
  std::exit(1);
}

bytes read(const char* path) {
  std::ifstream in(path, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (all.empty()) fail(std::string("can't read ") + path);
  const auto view = bmes::as_bytes(all);
  return {view.begin(), view.end()};
}

/// A file and all that it holds.
struct loaded {
  explicit loaded(const char* path) : file_bytes(read(path)) {
    // What is measured is the proof of each payload.
    const auto opened = bmes::v4::file::open(file_bytes, bmes::v4::payload_proof::at_use);
    if (!opened) fail(std::string("no valid file of version 4: ") + path);
    file = *opened;
    graph = bmes::to_owned(file);
  }
  loaded(const loaded&) = delete;

  bytes file_bytes;
  bmes::v4::file file;
  bmes::owned_graph graph;

  /// With the places of the payloads; `graph` has to stay as it was read.
  [[nodiscard]] content whole() const {
    content out{graph.view(), {}, {}};
    for (const auto m : file.modules()) {
      content::module_payloads p{m.row().text.value, {}};
      for (const auto payload : m.payloads()) p.payloads.push_back(payload);
      out.of_module.push_back(std::move(p));
    }
    for (const auto blob : file.rows<bmes::v4::blob_row>()) out.blobs.push_back(blob);
    return out;
  }

  /// Without payloads, and with entries in no order, as an engine's hash tables tell of them.
  [[nodiscard]] content bare() {
    std::mt19937 random(4);
    for (bmes::owned_record& m : graph.modules) {
      m.text = {}, m.payloads.clear();
      std::shuffle(m.imports.begin(), m.imports.end(), random);
      std::shuffle(m.exports.begin(), m.exports.end(), random);
      std::shuffle(m.variables.begin(), m.variables.end(), random);
    }
    return {graph.view(), std::vector<content::module_payloads>(graph.modules.size()), {}};
  }
};

/// One content in all formats, proven to be the same in each.
struct prepared {
  prepared(std::string n, const content& c, bmes::byte_view own) : name(std::move(n)) {
    for (const format* f : all_formats) {
      bytes file;
      f->write(c, &file);
      // Only our own writer takes the payloads' bytes, so the file that it came from is what has their places.
      if (f == &bmes_format && !own.empty()) file.assign(own.begin(), own.end());
      digest proof;
      touch seen;
      if (!f->check(file) || !f->prove(file, proof) || !f->visit(file, seen)) fail(std::string(f->name) + " refuses its own file of " + name);
      if (f == &bmes_format) expected = seen.value(), proven = proof.value(), records = proof.records();
      if (proof.value() != proven || proof.records() != records || seen.value() != expected)
        fail(std::string(f->name) + " holds something else of " + name);
      files.push_back(std::move(file));
    }
    std::fprintf(stderr, "formats: %s: %llu records, the same in all formats (%016llx)\n", name.c_str(), static_cast<unsigned long long>(records),
                 static_cast<unsigned long long>(proven));
  }

  std::string name;
  std::uint64_t expected = 0, proven = 0, records = 0;
  std::vector<bytes> files;
};

/// What of a file counts: ours without its payloads.
std::size_t size_of(const format& f, const bytes& file) {
  if (&f != &bmes_format) return file.size();
  const auto opened = bmes::v4::file::open(file);
  const auto payloads = opened->section_of(bmes::v4::section_kind::payload_bytes);
  return payloads.offset != 0 ? payloads.offset : file.size();
}

/// Registers what is to be measured, and counts what one run of it allocates.
template <class F>
void add(const std::string& name, F run, double file_bytes, std::size_t processed = 0) {
  const auto body = [run, file_bytes, processed](benchmark::State& state) {
    const std::uint64_t allocations_before = allocations, bytes_before = allocated_bytes;
    bool good = run();
    const std::uint64_t count = allocations - allocations_before, size = allocated_bytes - bytes_before;
    state.counters["allocations"] = static_cast<double>(count);
    state.counters["allocated_bytes"] = static_cast<double>(size);
    state.counters["file_bytes"] = file_bytes;
    for (auto _ : state) good &= run();
    if (!good) state.SkipWithError("not the content");
    if (processed != 0) state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(processed));
  };
  benchmark::RegisterBenchmark(name.c_str(), body)->Unit(benchmark::kMicrosecond);
}

void add_reading(const prepared& p) {
  for (std::size_t i = 0; i < std::size(all_formats); ++i) {
    const format& f = *all_formats[i];
    if (&f == &flatbuffers_unshared) continue;
    const bytes& file = p.files[i];
    const auto visit = [&p, &f, &file] {
      touch seen;
      return f.visit(file, seen) && seen.value() == p.expected;
    };
    add("visit/" + p.name + "/" + f.name, visit, static_cast<double>(size_of(f, file)));
  }
}

void add_writing(const prepared& p, const content& c) {
  for (std::size_t i = 0; i < std::size(all_formats); ++i) {
    const format& f = *all_formats[i];
    const std::size_t size = p.files[i].size();
    add("write/" + p.name + "/" + f.name, [&f, &c, size] { return f.write(c, nullptr) == size; }, static_cast<double>(size));
  }
}

/// Everything that can be checked, on one file of ours.
void add_check(const std::string& name, const bytes& file) {
  add("check/" + name + "/bmes", [&file] { return bmes_format.check(file); }, static_cast<double>(file.size()));
}

void add_payloads(const std::string& name, const bmes::v4::file& f) {
  std::vector<bmes::byte_view> blobs;
  std::size_t total = 0;
  for (std::uint32_t i = 0; i < f.blob_count(); ++i) {
    blobs.push_back(*f.payload_bytes(i));
    total += blobs.back().size();
  }
  const auto file_bytes = static_cast<double>(f.bytes().size());
  const auto ours = [&f] {
    bool good = true;
    for (std::uint32_t i = 0; i < f.blob_count(); ++i) good &= f.payload_bytes(i).has_value();
    return good;
  };
  add("payloads/" + name + "/bmes", ours, file_bytes, total);
  const auto hashed = [&](const char* which, auto hash) {
    const auto all = [blobs, hash] {
      for (const bmes::byte_view blob : blobs) benchmark::DoNotOptimize(hash(blob.data(), blob.size()));
      return true;
    };
    add("payloads/" + name + "/" + which, all, file_bytes, total);
  };
  hashed("XXH3-128", [](const void* p, std::size_t n) { return XXH3_128bits(p, n); });
  hashed("XXH3-64", [](const void* p, std::size_t n) { return XXH3_64bits(p, n); });
}

/// All payloads of a file as the one payload of a module.
bytes as_one_payload(const bmes::v4::file& f) {
  const bmes::payload payload{0, f.bytes_of(bmes::v4::section_kind::payload_bytes)};
  const bmes::engine_identity engine = f.engine(0);
  bmes::module_record m;
  m.url = "/one.mjs", m.payloads = {&payload, 1};
  return *bmes::v4::to_bytes({0, {&m, 1}, {&engine, 1}, {}});
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 3) fail("usage: formats GRAPH MODULE [FILE...] [--benchmark_...]");

  loaded graph(argv[1]), module(argv[2]);
  const bytes one = as_one_payload(graph.file);
  const prepared graph_read("graph", graph.whole(), graph.file_bytes), module_read("module", module.whole(), module.file_bytes);
  add_reading(graph_read), add_reading(module_read);
  add_check("graph", graph.file_bytes), add_check("module", module.file_bytes);
  const auto one_file = bmes::v4::file::open(one, bmes::v4::payload_proof::at_use);
  add_payloads("graph", graph.file), add_payloads("one", *one_file);

  const content graph_bare = graph.bare(), module_bare = module.bare();
  const prepared graph_written("graph", graph_bare, {}), module_written("module", module_bare, {});
  add_writing(graph_written, graph_bare), add_writing(module_written, module_bare);

  // The other files as they are, and without payloads: then they are nothing but rows, which are more work to check.
  std::vector<bytes> others;
  others.reserve(static_cast<std::size_t>(argc) * 2);
  for (int i = 3; i < argc; ++i) {
    loaded other(argv[i]);
    const std::string path = argv[i], name = path.substr(path.rfind('/') + 1);
    others.push_back(other.file_bytes);
    add_check(name, others.back());
    bytes rows;
    bmes_format.write(other.bare(), &rows);
    others.push_back(std::move(rows));
    add_check(name + ", no payloads", others.back());
  }

  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
