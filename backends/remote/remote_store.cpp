#include "remote_store.hpp"

#include "files.hpp"
#ifdef BMES_HAS_HTTP
#include "http_store.hpp"
#endif
#ifdef BMES_HAS_REDIS
#include "redis_store.hpp"
#endif

#include <sys/stat.h>

namespace bmes::remote {

made_remote make_remote_store(const remote_settings& settings) {
  made_remote out;
  const std::string_view url = settings.url;
  const std::string_view scheme = url.substr(0, url.find("://"));
#ifdef BMES_HAS_HTTP
  if (scheme == "http" || scheme == "https") {
    out.store = make_http_store(settings, out.error);
    return out;
  }
#endif
#ifdef BMES_HAS_REDIS
  if (scheme == "redis" || scheme == "rediss" || scheme == "redis+unix") {
    out.store = make_redis_store(settings, out.error);
    return out;
  }
#endif
  out.error = scheme.size() == url.size() ? "what is given is no URL of a store" : "this build has no remotes of the scheme " + std::string(scheme);
  return out;
}

secret_text read_secret(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return {{}, path + " can't be read"};
  if ((s.st_mode & (S_IWGRP | S_IRWXO)) != 0) return {{}, path + " is a secret, and everybody may read it"};
  auto file = filesystem::read_file(path);
  if (file.error != 0) return {{}, path + " can't be read"};
  while (!file.text.empty() && (file.text.back() == '\n' || file.text.back() == '\r')) file.text.pop_back();
  return {std::move(file.text), {}};
}

}  // namespace bmes::remote
