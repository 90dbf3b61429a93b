// The functions that CommonJS modules get, and the class of node:module.
#pragma once
#include "prelude.hpp"

#include "modules/module.hpp"

namespace bmes::jsc {

class loader;

class require_functions {
 public:
  /// `require` of a module.
  static JSC::JSObject* require_of(loader&, module&);
  /// The class Module. It has to be made once for a program.
  static JSC::JSObject* make_class(loader&);
  /// The `resolve` of an import.meta, of the module `key`.
  static JSC::JSObject* resolve_of_import_meta(loader&, const WTF::String& key);

 private:
  static JSC::EncodedJSValue call_require(loader&, module& from, JSC::CallFrame*);
  static JSC::EncodedJSValue call_resolve(loader&, module& from, JSC::CallFrame*);
  static JSC::EncodedJSValue create_require(loader&, JSC::CallFrame*);
  static JSC::JSArray* module_paths(loader&, const WTF::String& folder);
  static JSC::JSArray* builtin_names(loader&);
};

}  // namespace bmes::jsc
