// libcurl, loaded when the first HTTP store is made: it and the thirty libraries that it needs take longer to load than an entry takes to get.
#pragma once

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

#include <dlfcn.h>

namespace bmes::remote {

struct curl_library {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  bool is_there = false;

  /// As long as the process.
  [[nodiscard]] static const curl_library& get() {
    static const curl_library library = [] {
      curl_library out;
      void* found = nullptr;
      // By its name with either of the TLS libraries that distributions build it with.
      for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"})
        if (!found) found = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
      bool all = found != nullptr;
      const auto take = [&](auto& function, const char* name) {
        function = all ? reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(found, name)) : nullptr;
        all = function != nullptr;
      };
      take(out.global_init, "curl_global_init");
      take(out.easy_init, "curl_easy_init");
      take(out.easy_setopt, "curl_easy_setopt");
      take(out.easy_perform, "curl_easy_perform");
      take(out.easy_getinfo, "curl_easy_getinfo");
      take(out.easy_strerror, "curl_easy_strerror");
      take(out.easy_cleanup, "curl_easy_cleanup");
      take(out.slist_append, "curl_slist_append");
      take(out.slist_free_all, "curl_slist_free_all");
      out.is_there = all && out.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
      return out;
    }();
    return library;
  }
};

}  // namespace bmes::remote
