#include "session.hpp"

#include "start_counts.hpp"

namespace bmes::fleet {
session::session(std::string entry, program_rules rules, const hash128& engine, std::string folder)
    : entry_(std::move(entry)), rules_(std::move(rules)), engine_(engine), folder_(std::move(folder)) {}

answer session::call(const std::function<answer(client&, const question&)>& work) {
  const auto loaded = load_client(folder_);
  if (!loaded.it) {
    answer out;
    out.reason = reason::no_library;
    out.detail = error_ = loaded.error;
    return out;
  }
  const std::vector<std::string_view> conditions(rules_.conditions.begin(), rules_.conditions.end()), flags(rules_.flags.begin(), rules_.flags.end());
  return work(*loaded.it, {entry_, conditions, flags, engine_});
}

bool session::ask(cached_program& program) {
  if (program.is_complete() || program.why_incomplete() == bmes::reason::crashed) return false;
  const auto got = call([](client& c, const question& q) { return c.find(q); });
  trace_.result = got.reason.empty() ? name_of(cache_result::hit) : got.reason;
  trace_.detail = got.detail;
  trace_.received_bytes = got.received;
  trace_.milliseconds = got.milliseconds;
  has_answer_ = got.reason.empty();
  // It lives until the process ends or somebody asks again; nobody does.
  if (has_answer_) program.replace_entry(keep_bytes(got.entry));
  return has_answer_;
}

void session::send(cache_store& store, compression& packing, const hash128& key, double load_ms) {
  auto found = store.get(key);
  if (!found.entry) return;
  const auto entry = packing.unpack(std::move(found.entry)).entry;
  if (!entry) return;
  const auto got = call([&](client& c, const question& q) { return c.upload(q, entry->bytes(), load_ms); });
  // Most machines only read.
  if (got.reason == reason::no_secret_key || got.reason == reason::no_remote || got.reason == reason::no_library) return;
  trace_.upload = got.reason.empty() ? std::string_view("sent") : got.reason;
  if (trace_.detail.empty()) trace_.detail = got.detail;
  trace_.sent_bytes = got.sent;
}

void session::count() const {
  if (folder_.empty() || (trace_.result.empty() && trace_.upload.empty())) return;
  filesystem::start_counts more;
  if (!trace_.result.empty()) more.starts.emplace(trace_.result, 1);
  if (!trace_.upload.empty()) more.starts.emplace("upload_" + std::string(trace_.upload), 1);
  more.read_bytes = trace_.received_bytes;
  more.written_bytes = trace_.sent_bytes;
  filesystem::add_counts(folder_ + counts_name, more, true);
}

}  // namespace bmes::fleet
