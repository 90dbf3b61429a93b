// The names that a CommonJS module seems to give its exports: cjs-module-lexer, in a global object that no program sees.
#pragma once
#include "prelude.hpp"

#include <string>
#include <vector>

namespace bmes::jsc {

class export_names {
 public:
  explicit export_names(JSC::VM&);
  ~export_names();

  struct result {
    std::vector<std::string> names;
    std::vector<std::string> reexports;  ///< specifiers of modules whose names are also names of this one
  };
  /// Nothing of a text that the lexer does not understand.
  result of(const WTF::String& text);

 private:
  JSC::VM& vm_;
  JSC::Strong<JSC::JSGlobalObject> global_;
  JSC::Strong<JSC::JSObject> parse_;
};

}  // namespace bmes::jsc
