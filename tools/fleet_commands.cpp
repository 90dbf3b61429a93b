#include "fleet_commands.hpp"

#include "cache_folder.hpp"
#include "cache_settings.hpp"
#include "compression.hpp"
#include "engines.hpp"
#include "files.hpp"
#include "formats.hpp"
#include "housekeeping.hpp"
#include "module_files.hpp"
#include "terminal.hpp"
#include "trace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bmes::tools {
namespace {

// The library, or nothing after saying why not.
fleet::client* client_for(const std::string& folder) {
  const auto loaded = fleet::load_client(folder);
  if (!loaded.it) fail(loaded.error);
  return loaded.it;
}

bool is_fine(std::string_view why) { return why.empty() || why == fleet::reason::known_there; }

struct tally {
  std::size_t sent = 0, known = 0, failed = 0;
  std::uint64_t bytes = 0;
  std::string lines;
};

void note(tally& t, bool json, const std::string& program, std::string_view engine, const fleet::answer& got, std::string_view done) {
  ++(got.reason.empty() ? t.sent : is_fine(got.reason) ? t.known : t.failed);
  t.bytes += got.sent + got.received;
  if (json) {
    t.lines += fmt::format(R"({}{{"program":{},"engine":{},"reason":"{}","detail":{},"sent_bytes":{},"received_bytes":{}}})", t.lines.empty() ? "" : ",",
                           json_string(program), json_string(engine), got.reason, json_string(got.detail), got.sent, got.received);
  } else {
    t.lines += fmt::format("{}  {}: {}{}{}\n", program, short_engine(engine), got.reason.empty() ? done : got.reason, got.detail.empty() ? "" : ": ", got.detail);
  }
}

int finish(const tally& t, bool json, std::string_view done) {
  const bool ok = t.failed == 0;
  const auto out = json ? fmt::format(R"({{"{}":{},"known":{},"failed":{},"bytes":{},"programs":[{}]}})", done, t.sent, t.known, t.failed, t.bytes, t.lines) + "\n"
                        : t.lines + fmt::format("{} {}, {} there already, {} failed; {}\n", done, t.sent, t.known, t.failed, short_size(t.bytes));
  return print_out(out) && ok ? 0 : 1;
}

// Sends what one entry has for each of its engines.
void push_entry(fleet::client& client, const fleet_request& r, const std::string& folder, const std::string& name, tally& t) {
  const auto fd = filesystem::open_quietly(folder + "/" + name);
  struct stat s {};
  if (!fd.valid() || ::fstat(fd.get(), &s) != 0 || s.st_size == 0) return;
  auto mapped = filesystem::load_file(fd.get(), static_cast<std::uint64_t>(s.st_size));
  const auto unpacked = mapped ? packing::unpack_entry(std::move(mapped)) : store_answer{};
  const auto file = unpacked.entry ? v4::file::open(unpacked.entry->bytes()) : result<v4::file>(error{errc::truncated, 0, "header"});
  if (!file || file->entry() == external) {
    fleet::answer bad;
    bad.reason = "not_portable";
    bad.detail = name;
    return note(t, r.json, name, "", bad, "");
  }
  const std::string program(file->module_at(file->entry()).url());
  // Under which rules a program was run is in its entry's name alone.
  const std::string_view hex = std::string_view(name).substr(0, 32);
  if (hex != filesystem::to_hex(program_key(program, r)) && hex != filesystem::to_hex(program_key(program, r, true))) {
    fleet::answer other;
    other.reason = fleet::reason::not_portable;
    other.detail = "it was run with other conditions or flags: say which, with -C or --preserve-symlinks";
    return note(t, r.json, program, "", other, "");
  }
  const auto rules = fleet_rules(r);
  const std::vector<std::string_view> conditions(rules.conditions.begin(), rules.conditions.end()), flags(rules.flags.begin(), rules.flags.end());
  for (const engine_identity e : file->engines())
    note(t, r.json, program, e.description, client.upload({program, conditions, flags, e.fingerprint}, unpacked.entry->bytes(), 0), "sent");
}

}  // namespace

int cache_push(const fleet_request& r) {
  const auto folder = cache_folder(r.folder);
  auto* const client = client_for(folder);
  if (!client) return 1;
  const auto files = filesystem::survey(folder);
  if (errno != 0 && errno != ENOENT) return fail(fmt::format("{}: {}", folder, std::strerror(errno)));
  std::vector<std::string> wanted;
  filesystem::module_files modules({{}, r.conditions, r.preserve_symlinks});
  for (const auto& name : r.entries) {
    const auto key = modules.entry_key(name);
    bool is_there = false;
    for (const bool for_node : {false, true}) {
      const auto file = filesystem::to_hex(program_key(key, r, for_node)) + std::string(filesystem::entry_suffix);
      if (!std::ranges::any_of(files, [&](const auto& f) { return f.name == file; })) continue;
      wanted.push_back(file);
      is_there = true;
    }
    if (!is_there) return fail(fmt::format("{}: there is no entry of it in {}: run it first, or make one with bmes compile --graph", name, folder));
  }
  tally t;
  progress shown("sending", wanted.empty() ? files.size() : wanted.size());
  for (const auto& f : files) {
    if (f.role != filesystem::file_role::entry || (!wanted.empty() && std::ranges::find(wanted, f.name) == wanted.end())) continue;
    push_entry(*client, r, folder, f.name, t);
    shown.step();
  }
  return finish(t, r.json, "sent");
}

int cache_pull(const fleet_request& r) {
  const auto folder = cache_folder(r.folder);
  if (!client_for(folder)) return 1;
  filesystem::module_files modules({{}, r.conditions, r.preserve_symlinks});
  const auto engine = make_engine(modules);
  if (!engine) return 1;
  const auto store = filesystem::make_folder_store(filesystem::places_for(folder), filesystem::limits_asked_for());
  const auto packing = packing::make_compression();
  tally t;
  progress shown("getting", r.entries.size());
  for (const auto& name : r.entries) {
    const auto entry = modules.entry_key(name);
    const auto fingerprint = engine->identity().fingerprint;
    const auto key = program_key(entry, r);
    const auto turn = store->take_turn(key, std::chrono::seconds(2));
    cached_program program(*store, *packing, key, fingerprint);
    program.find();
    program.prove();
    program.look_for_changes(filesystem::look);
    fleet::answer got;
    fleet::session session(entry, fleet_rules(r), fingerprint, folder);
    if (program.is_complete()) {
      got.reason = fleet::reason::known_there;
      got.detail = "the folder has it";
    } else if (!session.ask(program)) {
      // Without an answer nobody was asked.
      got.reason = session.trace().result.empty() ? program.why_incomplete() : session.trace().result;
      got.detail = session.trace().detail;
    } else {
      program.prove();
      program.look_for_changes(filesystem::look);
      harvest nothing;
      nothing.complete = true;
      program.keep(std::move(nothing));
      got.received = session.trace().received_bytes;
      if (program.written_bytes() == 0) got.reason = program.why(), got.detail = program.detail();
      else filesystem::note_engine(folder, fingerprint);
    }
    note(t, r.json, entry, engine->identity().description, got, "got");
    shown.step();
  }
  return finish(t, r.json, "got");
}

int remote_stats(const fleet_request& r) {
  const auto folder = cache_folder(r.folder);
  auto* const client = client_for(folder);
  if (!client) return 1;
  const auto counts = filesystem::parse_counts(filesystem::read_file(folder + fleet::counts_name).text);
  if (r.json) {
    std::string all;
    for (const auto& [how, n] : counts.starts) all += fmt::format(R"({}"{}":{})", all.empty() ? "" : ",", how, n);
    return print_out(fmt::format(R"({{"configuration":{},"answers":{{{}}},"received_bytes":{},"sent_bytes":{}}})", json_string(client->description()), all,
                                 counts.read_bytes, counts.written_bytes) +
                     "\n")
               ? 0
               : 1;
  }
  std::string out(client->description());
  for (const auto& [how, n] : counts.starts) out += fmt::format("{:<24}{}\n", how, with_commas(n));
  out += fmt::format("{:<24}{}\n{:<24}{}\n", "received", short_size(counts.read_bytes), "sent", short_size(counts.written_bytes));
  return print_out(out) ? 0 : 1;
}

int check_server(const std::string& url, bool json) {
  auto* const client = client_for(cache_folder({}));
  if (!client) return 1;
  bool is_fit = true;
  std::string out;
  for (const fleet::check_line& line : client->check_server(url)) {
    is_fit = is_fit && (line.holds || !line.is_required);
    if (json) {
      out += fmt::format(R"({}{{"check":{},"holds":{},"required":{},"detail":{}}})", out.empty() ? "" : ",", json_string(line.name), line.holds, line.is_required,
                         json_string(line.detail));
    } else {
      const auto verdict = line.holds ? in_colour(colour::good, "yes") : line.is_required ? in_colour(colour::bad, "NO ") : in_colour(colour::dim, "no ");
      out += fmt::format("{}  {}{}{}\n", verdict, line.name, line.detail.empty() ? "" : ": ", line.detail);
    }
  }
  out = json ? fmt::format(R"({{"fit":{},"checks":[{}]}})", is_fit, out) + "\n" : out + (is_fit ? "it is fit to be a remote\n" : "it is NOT fit to be a remote\n");
  return print_out(out) && is_fit ? 0 : 1;
}

int generate_key(const std::string& name, const std::string& file) {
  if (name.empty() || !std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F && c != ':' && c != ','; }))
    return fail("a key's name is printable ASCII without spaces, colons and commas");
  auto* const client = client_for(cache_folder({}));
  if (!client) return 1;
  const std::string secret = std::string(client->generate_key(name)) + "\n";
  const filesystem::descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return fail(fmt::format("{}: {}", file, std::strerror(errno)));
  if (::write(fd.get(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size())) {
    ::unlink(file.c_str());
    return fail(fmt::format("{}: it could not be written", file));
  }
  return print_out(std::string(client->public_key_of(secret)) + "\n") ? 0 : 1;
}

int show_key(const std::string& file) {
  auto* const client = client_for(cache_folder({}));
  if (!client) return 1;
  const auto secret = filesystem::read_file(filesystem::absolute_path(file));
  if (secret.error != 0) return fail(fmt::format("{}: {}", file, std::strerror(secret.error)));
  const auto shown = client->public_key_of(secret.text);
  if (shown.empty()) return fail(fmt::format("{}: no secret key, such as bmes key generate makes", file));
  return print_out(std::string(shown) + "\n") ? 0 : 1;
}

}  // namespace bmes::tools
