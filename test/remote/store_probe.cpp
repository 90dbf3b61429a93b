// One shared store, asked by hand or by test_stores.py:
//   store_probe URL [--deadline-ms N] [--most N] [--token FILE] [--headers FILE] [--s3 FILE] [--region NAME] [--ca FILE] [COMMAND KEY [FILE]]
// COMMAND is get, put, add, look, remove, claim, check (a server, KEY is of no use), or sleep (KEY milliseconds). Without one, a
// command a line is read from standard input. For each a line: reason, message, bytes, hash, milliseconds, peak memory in KiB,
// with tabs between. The message of add is new or old, of claim first or not. FILE is what is put, or where it is written.
#include "remote_store.hpp"
#include "serve_check.hpp"

#include "files.hpp"

#include <bmes/checksum.hpp>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using namespace bmes;

std::uint64_t number(const std::string& text) {
  std::uint64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

std::string load(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::string out(file ? static_cast<std::size_t>(file.tellg()) : 0, '\0');
  file.seekg(0).read(out.data(), static_cast<std::streamsize>(out.size()));
  return out;
}

// Not of getrusage(): that also counts what the program was that started this one.
std::uint64_t peak_kib() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;)
    if (word == "VmHWM:" && file >> word) return number(word);
  return 0;
}

// 32 hex digits are a key as they are; any other text is hashed to one.
hash128 key_of(const std::string& text) {
  hash128 key{};
  if (text.size() != 32 || text.find_first_not_of("0123456789abcdef") != std::string::npos) return checksum128(as_bytes(text));
  for (std::size_t i = 0; i != key.size(); ++i) {
    unsigned byte = 0;
    std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, byte, 16);
    key[i] = static_cast<std::byte>(byte);
  }
  return key;
}

struct outcome {
  store_error error;
  std::string note;
  byte_view bytes;
  std::unique_ptr<stored_bytes> entry;
};

outcome run(remote::remote_store& store, const std::string& command, const hash128& key, const std::string& file, const std::string& text) {
  outcome out;
  if (command == "get") {
    auto answer = store.get(key);
    out.error = answer.error;
    out.entry = std::move(answer.entry);
    if (out.entry) out.bytes = out.entry->bytes();
    if (out.entry && !file.empty()) std::ofstream(file, std::ios::binary) << as_text(out.bytes);
  } else if (command == "put" || command == "add") {
    out.bytes = as_bytes(text);
    bool is_new = false;
    out.error = command == "put" ? store.put(key, out.bytes) : store.add(key, out.bytes, is_new);
    if (command == "add") out.note = is_new ? "new" : "old";
  } else if (command == "look") {
    out.error = store.look_for(key);
  } else if (command == "remove") {
    out.error = store.remove(key);
  } else if (command == "claim") {
    const bool is_first = store.claim(key, std::chrono::seconds(file.empty() ? 60 : number(file)));
    out.note = !store.has_claims() ? "no claims" : is_first ? "first" : "not";
  } else {
    out.error = {"usage", "no such command: " + command};
  }
  return out;
}

void check(remote::remote_store& store) {
  for (const auto& r : remote::check_server(store))
    std::printf("%s\t%s\t%s\t%s\n", r.holds ? "holds" : "fails", r.is_required ? "required" : "optional", r.name.c_str(), r.detail.c_str());
}

void answer(remote::remote_store& store, const std::vector<std::string>& words, std::uint64_t limit) {
  const std::string command = words[0], key = words.size() > 1 ? words[1] : "", file = words.size() > 2 ? words[2] : "";
  if (command == "sleep") return std::this_thread::sleep_for(std::chrono::milliseconds(number(key)));
  const std::string text = command == "put" || command == "add" ? load(file) : "";
  const auto began = clock_type::now();
  store.set_deadline(limit == 0 ? clock_type::time_point::max() : began + std::chrono::milliseconds(limit));
  if (command == "check") {
    check(store);
  } else {
    const auto out = run(store, command, key_of(key), file, text);
    const double ms = std::chrono::duration<double, std::milli>(clock_type::now() - began).count();
    std::printf("%s\t%s\t%zu\t%s\t%.1f\t%llu\n", std::string(out.error.reason).c_str(),
                (out.error.reason.empty() ? out.note : out.error.message).c_str(), out.bytes.size(),
                filesystem::to_hex(checksum128(out.bytes)).c_str(), ms, static_cast<unsigned long long>(peak_kib()));
  }
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** given) {
  const std::vector<std::string> words(given + 1, given + count);
  remote::remote_settings settings;
  std::uint64_t limit = 0;
  std::vector<std::string> command;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& w = words[i];
    if (!w.starts_with("--")) {
      (settings.url.empty() ? settings.url : command.emplace_back()) = w;
      continue;
    }
    if (i + 1 == words.size()) return 2;
    const std::string& value = words[++i];
    if (w == "--deadline-ms")
      limit = number(value);
    else if (w == "--most")
      settings.most_bytes = number(value);
    else if (w == "--token")
      settings.token_file = value;
    else if (w == "--headers")
      settings.header_file = value;
    else if (w == "--s3")
      settings.s3_credentials_file = value;
    else if (w == "--region")
      settings.s3_region = value;
    else if (w == "--ca")
      settings.ca_file = value;
    else
      return 2;
  }
  auto made = remote::make_remote_store(settings);
  if (!made.store) {
    std::printf("settings\t%s\n", made.error.c_str());
    return 2;
  }
  if (!command.empty()) {
    answer(*made.store, command, limit);
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream parts(line);
    const std::vector<std::string> line_words{std::istream_iterator<std::string>(parts), {}};
    if (!line_words.empty()) answer(*made.store, line_words, limit);
  }
}
