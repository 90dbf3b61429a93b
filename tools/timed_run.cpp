#include "timed_run.hpp"

#include "files.hpp"
#include "formats.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sstream>

namespace bmes::tools {
namespace {

constexpr char end_of_record = '\0';  // no path has one

void put(int fd, const run_report& r) {
  std::string text = fmt::format("{} {} {} {}", r.result, r.load_ms, r.total_ms, r.code) + end_of_record;
  for (const module_span& s : r.spans)
    text += fmt::format("{} {} {} {} {}", s.is_evaluation ? 1 : 0, s.begin_ms, s.end_ms, s.parent, s.url) + end_of_record;
  for (std::string_view left = text; !left.empty();) {
    const ssize_t n = ::write(fd, left.data(), left.size());
    if (n <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::optional<run_report> report_in(std::string_view text) {
  run_report out;
  bool is_first = true;
  for (std::size_t end = 0; (end = text.find(end_of_record)) != text.npos; text.remove_prefix(end + 1)) {
    std::istringstream record{std::string(text.substr(0, end))};
    if (std::exchange(is_first, false)) {
      record >> out.result >> out.load_ms >> out.total_ms >> out.code;
      continue;
    }
    module_span s;
    record >> s.is_evaluation >> s.begin_ms >> s.end_ms >> s.parent;
    record.ignore();
    std::getline(record, s.url, end_of_record);
    out.spans.push_back(std::move(s));
  }
  if (is_first) return std::nullopt;
  return out;
}

/// As system(3) has it: what the user ends with the keyboard is the program, not who waits for it.
class without_interrupts {
 public:
  without_interrupts() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &before_);
  }
  ~without_interrupts() { give_back(); }
  without_interrupts(const without_interrupts&) = delete;
  without_interrupts& operator=(const without_interrupts&) = delete;
  void give_back() const { ::sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

}  // namespace

std::optional<timed_run> run_and_measure(const run_settings& settings) {
  const filesystem::descriptor answer(::memfd_create("bmes-times", MFD_CLOEXEC));
  const without_interrupts waiting;
  std::fflush(nullptr);
  const pid_t child = answer.valid() ? ::fork() : -1;
  if (child < 0) {
    fail(fmt::format("no process to run the program in: {}", std::strerror(errno)));
    return std::nullopt;
  }
  if (child == 0) {
    waiting.give_back();
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    if (const int nothing = ::open("/dev/null", O_RDONLY); nothing > 0) ::dup2(nothing, STDIN_FILENO), ::close(nothing);
    run_settings measured = settings;
    measured.report = [&](const run_report& r) { put(answer.get(), r); };
    ::_exit(run(measured));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  struct stat s {};
  std::string text;
  if (::fstat(answer.get(), &s) == 0) text.resize(static_cast<std::size_t>(s.st_size));
  if (::pread(answer.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) text.clear();
  auto report = report_in(text);
  if (!report) {
    fail(WIFSIGNALED(status) ? fmt::format("{} was ended by signal {}", settings.entry, WTERMSIG(status))
                             : fmt::format("{} did not run", settings.entry));
    return std::nullopt;
  }
  timed_run out{*std::move(report), {}};
  out.modules = sums_of(out.report.spans);
  return out;
}

std::map<std::string, module_times, std::less<>> sums_of(const std::vector<module_span>& spans) {
  std::map<std::string, module_times, std::less<>> out;
  std::vector<double> own;
  for (const module_span& s : spans) {
    own.push_back(s.end_ms - s.begin_ms);
    if (s.parent != external) own[s.parent] -= own.back();
  }
  std::map<std::string_view, double> ends;  // of the evaluations by module: one within another of the same module is in the other's total
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const module_span& s = spans[i];
    module_times& m = out[s.url];
    (s.is_evaluation ? m.evaluation : m.load) += own[i];
    if (!s.is_evaluation) continue;
    double& end = ends[s.url];
    if (s.begin_ms < end) continue;
    end = s.end_ms;
    m.total_evaluation += s.end_ms - s.begin_ms;
  }
  return out;
}

}  // namespace bmes::tools
