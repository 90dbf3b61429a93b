#include "fleet.hpp"

#include "cache_settings.hpp"

#include <dlfcn.h>
#include <unistd.h>
#include <array>
#include <climits>

namespace bmes::fleet {
namespace {

constexpr const char* library_name = "bmes-fleet.so";
constexpr std::string_view installed_in = "/../lib/bmes/";

using make_function = client* (*)(const char* folder, const char* configuration);

// Of the executable or the addon that this code is in.
std::string own_folder() {
  Dl_info here{};
  std::array<char, PATH_MAX> real{};
  std::string path;
  // A program that is linked without a place of its own has no name there but the one that it was called by.
  if (::dladdr(reinterpret_cast<const void*>(&own_folder), &here) != 0 && here.dli_fname && std::string_view(here.dli_fname).ends_with(".node")) {
    path = here.dli_fname;
  } else {
    const ssize_t size = ::readlink("/proc/self/exe", real.data(), real.size());
    if (size > 0) path.assign(real.data(), static_cast<std::size_t>(size));
  }
  return path.substr(0, path.rfind('/'));
}

bool is_there(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

}  // namespace

std::string configuration_file() {
  if (auto asked = filesystem::environment("BMES_FLEET"); !asked.empty()) return asked;
  auto base = filesystem::environment("XDG_CONFIG_HOME");
  if (!base.starts_with('/')) {
    base = filesystem::environment("HOME");
    if (!base.empty()) base += "/.config";
  }
  if (!base.empty())
    if (auto path = base + "/bmes/fleet.json"; is_there(path)) return path;
  constexpr const char* everybodys = "/etc/bmes/fleet.json";
  return is_there(everybodys) ? everybodys : std::string();
}

bool is_configured() {
  const auto remote = filesystem::environment("BMES_CACHE_REMOTE");
  return remote != "off" && (!remote.empty() || !configuration_file().empty());
}

loaded_client load_client(const std::string& folder) {
  loaded_client out;
  const std::string beside = own_folder();
  for (const std::string& place : {beside + "/", beside + std::string(installed_in)}) {
    const auto path = place + library_name;
    if (!is_there(path)) continue;
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto make = library ? reinterpret_cast<make_function>(::dlsym(library, "bmes_fleet_client_1")) : nullptr;
    if (make) return {make(folder.c_str(), configuration_file().c_str()), {}};
    const char* const why = ::dlerror();
    out.error = why ? why : path + ": not this version's";
    return out;
  }
  out.error = "there is no " + std::string(library_name) + " in " + beside + ": this build is without remotes (-Dhttp, -Dredis)";
  return out;
}

}  // namespace bmes::fleet
