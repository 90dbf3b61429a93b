#include "prelude.hpp"

#include "output.hpp"
#include "process.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace bmes::jsc {

using namespace JSC;

namespace {

constexpr std::string_view node_version = "26.10.0";

JSC_DEFINE_HOST_FUNCTION(process_exit, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto& state = state_of(global);
  JSValue given = frame->argument(0);
  int code = given.isUndefinedOrNull() ? wished_exit_code(state, 0) : given.toInt32(global);
  RETURN_IF_EXCEPTION(scope, {});
  define(global, module_object(state, module_name::process), "exitCode"_s, jsNumber(code));
  stop_program(state, code);
  return {};
}

JSC_DEFINE_HOST_FUNCTION(process_cwd, (JSGlobalObject * global, CallFrame*)) {
  char path[PATH_MAX];
  if (!::getcwd(path, sizeof path)) return throw_error(global, createError(global, "ENOENT: process.cwd failed"_s));
  return JSValue::encode(js_text(global->vm(), path));
}

std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

JSC_DEFINE_HOST_FUNCTION(process_hrtime, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto now = nanoseconds_now();
  std::int64_t seconds = now / 1000000000, rest = now % 1000000000;
  if (JSValue since = frame->argument(0); since.isObject()) {
    JSValue s = asObject(since)->get(global, 0u);
    RETURN_IF_EXCEPTION(scope, {});
    JSValue n = asObject(since)->get(global, 1u);
    RETURN_IF_EXCEPTION(scope, {});
    seconds -= static_cast<std::int64_t>(s.toNumber(global));
    rest -= static_cast<std::int64_t>(n.toNumber(global));
    RETURN_IF_EXCEPTION(scope, {});
    if (rest < 0) {
      seconds--;
      rest += 1000000000;
    }
  }
  MarkedArgumentBuffer parts;
  parts.append(jsNumber(static_cast<double>(seconds)));
  parts.append(jsNumber(static_cast<double>(rest)));
  RELEASE_AND_RETURN(scope, JSValue::encode(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), parts)));
}

JSC_DEFINE_HOST_FUNCTION(process_hrtime_bigint, (JSGlobalObject * global, CallFrame*)) {
  return JSValue::encode(JSBigInt::makeHeapBigIntOrBigInt32(global, nanoseconds_now()));
}

JSC_DEFINE_HOST_FUNCTION(process_uptime, (JSGlobalObject * global, CallFrame*)) {
  auto elapsed = std::chrono::steady_clock::now() - state_of(global).process.started;
  return JSValue::encode(jsNumber(std::chrono::duration<double>(elapsed).count()));
}

JSC_DEFINE_HOST_FUNCTION(process_memory_usage, (JSGlobalObject * global, CallFrame*)) {
  double pages = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%*s %lf", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  auto& heap = global->vm().heap;
  JSObject* usage = constructEmptyObject(global);
  define(global, usage, "rss"_s, jsNumber(pages * static_cast<double>(::sysconf(_SC_PAGESIZE))));
  define(global, usage, "heapTotal"_s, jsNumber(heap.capacity()));
  define(global, usage, "heapUsed"_s, jsNumber(heap.size()));
  define(global, usage, "external"_s, jsNumber(heap.extraMemorySize()));
  return JSValue::encode(usage);
}

JSValue make_argv(host_state& state) {
  VM& vm = state.global->vm();
  MarkedArgumentBuffer arguments;
  for (auto& argument : state.options.argv) arguments.append(js_text(vm, argument));
  return constructArray(state.global, static_cast<ArrayAllocationProfile*>(nullptr), arguments);
}

/// Whatever is put into it is text, as what it stands for holds nothing else.
JSC_DEFINE_HOST_FUNCTION(set_variable, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  if (frame->argument(1).isSymbol() || frame->argument(2).isSymbol()) return throw_type_error(global, "Cannot convert a Symbol value to a string"_s);
  auto name = frame->argument(1).toPropertyKey(global);
  RETURN_IF_EXCEPTION(scope, {});
  JSString* value = frame->argument(2).toString(global);
  RETURN_IF_EXCEPTION(scope, {});
  asObject(frame->argument(0))->putDirectMayBeIndex(global, name, value);
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(jsBoolean(true));
}

JSValue make_env(host_state& state) {
  VM& vm = state.global->vm();
  JSObject* env = constructEmptyObject(state.global);
  for (char** entry = environ; entry && *entry; entry++) {
    std::string_view text(*entry);
    auto equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) continue;
    auto name = Identifier::fromString(vm, from_utf8(text.substr(0, equals)));
    env->putDirectMayBeIndex(state.global, name, js_text(vm, text.substr(equals + 1)));
  }
  JSObject* handler = constructEmptyObject(vm, state.global->nullPrototypeObjectStructure());
  define(state.global, handler, {{"set"_s, 4, set_variable}});
  set_private_value(state.global, handler, jsBoolean(true));
  return ProxyObject::create(state.global, env, handler);
}

JSValue make_versions(host_state& state) {
  JSObject* versions = constructEmptyObject(state.global);
  // Libraries ask this for what they may use, and what is here is what that version has (docs/runtime.md has the rest).
  define(state.global, versions, "node"_s, js_text(state.global->vm(), node_version));
  define(state.global, versions, "bmes"_s, js_text(state.global->vm(), state.options.version));
  return versions;
}

JSValue make_exec_path(host_state& state) {
  char path[PATH_MAX];
  auto size = ::readlink("/proc/self/exe", path, sizeof path);
  return js_text(state.global->vm(), size > 0 ? std::string_view(path, static_cast<std::size_t>(size)) : "");
}

struct lazy_property {
  ASCIILiteral name;
  JSValue (*make)(host_state&);  // null: host/internal/process.js has it
};
constexpr lazy_property lazy_properties[] = {
    {"env"_s, make_env},       {"argv"_s, make_argv},       {"versions"_s, make_versions}, {"execPath"_s, make_exec_path}, {"stdout"_s, nullptr},
    {"stderr"_s, nullptr},     {"stdin"_s, nullptr},        {"release"_s, nullptr},        {"config"_s, nullptr},          {"features"_s, nullptr},
    {"emitWarning"_s, nullptr}, {"chdir"_s, nullptr},       {"umask"_s, nullptr},          {"kill"_s, nullptr},            {"abort"_s, nullptr},
    {"getuid"_s, nullptr},     {"geteuid"_s, nullptr},      {"getgid"_s, nullptr},         {"getegid"_s, nullptr},         {"cpuUsage"_s, nullptr},
    {"resourceUsage"_s, nullptr}, {"getBuiltinModule"_s, nullptr}, {"allowedNodeEnvironmentFlags"_s, nullptr}, {"setUncaughtExceptionCaptureCallback"_s, nullptr},
    {"hasUncaughtExceptionCaptureCallback"_s, nullptr}, {"constrainedMemory"_s, nullptr}, {"availableMemory"_s, nullptr}, {"getActiveResourcesInfo"_s, nullptr},
    {"loadEnvFile"_s, nullptr},
};

JSC_DEFINE_CUSTOM_GETTER(get_lazy_property, (JSGlobalObject * global, EncodedJSValue, PropertyName name)) {
  auto& state = state_of(global);
  for (auto& entry : lazy_properties) {
    if (!(name == entry.name)) continue;
    auto scope = DECLARE_THROW_SCOPE(global->vm());
    JSValue value = entry.make ? entry.make(state) : host_export(state, "host:process", entry.name);
    RETURN_IF_EXCEPTION(scope, {});
    module_object(state, module_name::process)->putDirect(global->vm(), name, value, 0);
    return JSValue::encode(value);
  }
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_CUSTOM_SETTER(set_lazy_property, (JSGlobalObject * global, EncodedJSValue, EncodedJSValue value, PropertyName name)) {
  module_object(state_of(global), module_name::process)->putDirect(global->vm(), name, JSValue::decode(value), 0);
  return true;
}

}  // namespace

void report_late(host_state& state, JSValue error) { write_all(STDERR_FILENO, describe_error(state.global, error)); }

JSObject* make_process(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  JSObject* process = constructEmptyObject(global, constructEmptyObject(global), 40);
  auto put = [&](ASCIILiteral name, JSValue value) { define(global, process, name, value); };
  auto text = [&](ASCIILiteral value) { return jsNontrivialString(vm, value); };
  put("title"_s, text("bmes"_s));
  put("version"_s, js_text(vm, std::string("v").append(node_version)));
  put("platform"_s, text("linux"_s));
  put("arch"_s, text("x64"_s));
  put("pid"_s, jsNumber(::getpid()));
  put("ppid"_s, jsNumber(::getppid()));
  put("argv0"_s, js_text(vm, state.options.argv.empty() ? "bmes" : state.options.argv[0]));
  put("execArgv"_s, constructEmptyArray(global, nullptr));
  put("exitCode"_s, jsUndefined());
  auto* accessor = CustomGetterSetter::create(vm, get_lazy_property, set_lazy_property);
  for (auto& entry : lazy_properties)
    process->putDirectCustomAccessor(vm, Identifier::fromString(vm, entry.name), accessor, static_cast<unsigned>(PropertyAttribute::CustomValue));
  define(global, process,
         {{"exit"_s, 1, process_exit},
          {"cwd"_s, 0, process_cwd},
          {"hrtime"_s, 1, process_hrtime},
          {"uptime"_s, 0, process_uptime},
          {"memoryUsage"_s, 0, process_memory_usage}});
  JSObject* hrtime = asObject(process->getDirect(vm, Identifier::fromString(vm, "hrtime"_s)));
  define(global, hrtime, {{"bigint"_s, 0, process_hrtime_bigint}});
  define_process_events(global, process);
  process->putDirect(vm, vm.propertyNames->toStringTagSymbol, text("process"_s), hidden);
  return process;
}

}  // namespace bmes::jsc
