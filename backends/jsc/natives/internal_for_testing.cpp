// The module "bun:internal-for-testing": making and checking cache files by hand.
#include "prelude.hpp"

#include "native.hpp"

namespace bmes::jsc {

using namespace JSC;

JSC_DEFINE_HOST_FUNCTION(generate, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  if (!frame->argument(0).isString() || !frame->argument(1).isString())
    return throw_type_error(global, "generateForESMWithMetadata expects a source URL and source text, both strings"_s, "ERR_INVALID_ARG_TYPE"_s);
  String url = asString(frame->argument(0))->value(global);
  RETURN_IF_EXCEPTION(scope, {});
  String source = asString(frame->argument(1))->value(global);
  RETURN_IF_EXCEPTION(scope, {});
  auto& make = state_of(global).bytecode.generate;
  std::vector<std::byte> bytes;
  if (!make || !make(global, url, source, bytes)) {
    RETURN_IF_EXCEPTION(scope, {});
    return JSValue::encode(jsNull());
  }
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, JSValue::encode(make_bytes(global, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()})));
}

JSC_DEFINE_HOST_FUNCTION(validate, (JSGlobalObject * global, CallFrame* frame)) {
  auto bytes = bytes_of(frame->argument(0));
  if (!bytes) return throw_type_error(global, "validateMetadata expects a Uint8Array, DataView or ArrayBuffer"_s, "ERR_INVALID_ARG_TYPE"_s);
  auto check = state_of(global).bytecode.validate;
  return JSValue::encode(jsBoolean(check && check(std::as_bytes(*bytes))));
}

JSObject* make_internal_for_testing(host_state& state) {
  auto* global = state.global;
  JSObject* cached_bytecode = constructEmptyObject(global);
  define(global, cached_bytecode, {{"generateForESMWithMetadata"_s, 2, generate}, {"validateMetadata"_s, 1, validate}});
  JSObject* module = constructEmptyObject(global);
  define(global, module, "CachedBytecode"_s, cached_bytecode);
  return module;
}

}  // namespace bmes::jsc
