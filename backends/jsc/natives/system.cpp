#include "prelude.hpp"

#include "output.hpp"
#include "system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace bmes::jsc {

using namespace JSC;

namespace {

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

/// Node's wording, where the C library's is another.
const char* sentence_of(int number) {
  switch (number) {
    case EISDIR:
      return "illegal operation on a directory";
    case EEXIST:
      return "file already exists";
    case ELOOP:
      return "too many symbolic links encountered";
    case ENOTEMPTY:
      return "directory not empty";
    case EPERM:
      return "operation not permitted";
    case EMFILE:
      return "too many open files";
    case ENAMETOOLONG:
      return "name too long";
    case EBUSY:
      return "resource busy or locked";
    case EXDEV:
      return "cross-device link not permitted";
    default:
      return ::strerror(number);
  }
}

system_failure failed(const char* call, std::string path) { return {errno, call, std::move(path), {}}; }

}  // namespace

JSObject* make_system_error(JSGlobalObject* global, const system_failure& failure) {
  VM& vm = global->vm();
  const char* name = ::strerrorname_np(failure.number);
  const char* sentence = sentence_of(failure.number);
  std::string code = name ? name : "EIO";
  // The C library's sentences begin with a capital letter.
  std::string text = code + ": " + static_cast<char>(std::tolower(static_cast<unsigned char>(*sentence))) + (sentence + 1) + ", " + failure.call;
  if (!failure.path.empty()) text += " '" + failure.path + "'";
  if (!failure.second.empty()) text += " -> '" + failure.second + "'";
  JSObject* error = createError(global, from_utf8(text));
  define(global, error, "errno"_s, jsNumber(-failure.number));
  define(global, error, "code"_s, js_text(vm, code));
  define(global, error, "syscall"_s, js_text(vm, failure.call));
  if (!failure.path.empty()) define(global, error, "path"_s, js_text(vm, failure.path));
  if (!failure.second.empty()) define(global, error, "dest"_s, js_text(vm, failure.second));
  return error;
}

std::optional<std::string> path_of(JSGlobalObject* global, JSValue value) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::optional<std::string> path;
  if (value.isString()) {
    String text = asString(value)->value(global);
    RETURN_IF_EXCEPTION(scope, std::nullopt);
    path = utf8_of(text);
  } else if (auto bytes = bytes_of(value)) {
    path.emplace(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  } else if (value.isObject()) {
    JSValue href = property(global, value, "href"_s);
    RETURN_IF_EXCEPTION(scope, std::nullopt);
    if (href.isString()) {
      String url = asString(href)->value(global);
      RETURN_IF_EXCEPTION(scope, std::nullopt);
      path = file_url_path(global, utf8_of(url));
      RETURN_IF_EXCEPTION(scope, std::nullopt);
    }
  }
  if (!path) {
    throw_type_error(global, "The \"path\" argument must be of type string or an instance of Uint8Array or URL."_s, "ERR_INVALID_ARG_TYPE"_s);
    return std::nullopt;
  }
  if (path->find('\0') != std::string::npos) {
    throw_type_error(global, "The argument 'path' must be a string, Uint8Array, or URL without null bytes."_s, "ERR_INVALID_ARG_VALUE"_s);
    return std::nullopt;
  }
  return path;
}

std::optional<std::span<const std::uint8_t>> content_of(JSGlobalObject* global, JSValue value, std::string& storage) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  if (auto bytes = bytes_of(value)) return bytes;
  if (!value.isString()) {
    throw_type_error(global, "The \"data\" argument must be of type string or an instance of Uint8Array or ArrayBuffer."_s, "ERR_INVALID_ARG_TYPE"_s);
    return std::nullopt;
  }
  String text = asString(value)->value(global);
  RETURN_IF_EXCEPTION(scope, std::nullopt);
  storage = utf8_of(text);
  return std::span(reinterpret_cast<const std::uint8_t*>(storage.data()), storage.size());
}

std::optional<system_failure> read_descriptor(int number, std::vector<std::uint8_t>& out) {
  struct stat status{};
  if (::fstat(number, &status) == 0 && S_ISREG(status.st_mode)) out.reserve(static_cast<std::size_t>(status.st_size) + 1);
  for (std::size_t size = 0;;) {
    if (out.size() - size < 1) out.resize(std::max<std::size_t>(out.capacity(), size * 2 + 16384));
    auto count = ::read(number, out.data() + size, out.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", {});
    size += static_cast<std::size_t>(count);
    if (count == 0) {
      out.resize(size);
      return std::nullopt;
    }
  }
}

std::optional<system_failure> read_file(const std::string& path, std::vector<std::uint8_t>& out) {
  descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed("open", path);
  return read_descriptor(file.number(), out);
}

std::optional<system_failure> write_file(const std::string& path, std::span<const std::uint8_t> bytes, int flags, unsigned mode) {
  descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode));
  if (!file) return failed("open", path);
  if (!write_all(file.number(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()})) return failed("write", {});
  return std::nullopt;
}

std::optional<system_failure> make_directories(const std::string& path, unsigned mode, std::string& first_made) {
  for (std::size_t end = 0; end != path.size();) {
    end = path.find('/', end + 1);
    if (end == std::string::npos) end = path.size();
    std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), mode) == 0) {
      if (first_made.empty()) first_made = part;
      continue;
    }
    struct stat status{};
    int reason = errno;
    bool directory = ::stat(part.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (!directory) return system_failure{reason == EEXIST && end != path.size() ? ENOTDIR : reason, "mkdir", path, {}};
  }
  return std::nullopt;
}

std::optional<system_failure> remove_tree(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return std::nullopt;
  if (errno != EISDIR && errno != EPERM) return failed("rm", path);
  DIR* directory = ::opendir(path.c_str());
  if (!directory) return failed("rm", path);
  std::vector<std::string> names;
  while (dirent* entry = ::readdir(directory)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(directory);
  for (auto& name : names)
    if (auto failure = remove_tree(path + "/" + name)) return failure;
  if (::rmdir(path.c_str()) != 0) return failed("rm", path);
  return std::nullopt;
}

}  // namespace bmes::jsc
