// TypeScript: its types are erased, and what is left is JavaScript of the same length, so that lines and columns stay what they were.
#pragma once
#include "prelude.hpp"

#include "jsc.hpp"

#include <vector>

namespace bmes::jsc {

/// amaro, which is what Node erases types with, in a global object that no program sees. It takes tens of milliseconds to start.
class type_eraser {
 public:
  type_eraser(JSC::VM& vm, const host_graph& carried) : vm_(vm), carried_(carried) {}

  struct answer {
    WTF::String text;          ///< null where there is an error; where that is what ends the program, it stays pending
    WTF::ASCIILiteral code{};  ///< of the error, as Node has it
    WTF::String message;
    unsigned line = 0;  ///< from 1, as the column
    unsigned column = 0;
  };
  answer erase(const WTF::String& text, source_language);

 private:
  void start();

  JSC::VM& vm_;
  const host_graph& carried_;
  JSC::Strong<JSC::JSGlobalObject> global_;
  JSC::Strong<JSC::JSObject> erase_;
};

/// Made when it is first asked for.
type_eraser& type_eraser_of(JSC::VM&);

/// The error of an answer without a text, as the program gets it.
JSC::JSObject* error_of(JSC::JSGlobalObject*, const type_eraser::answer&, const WTF::String& key);

/// What node:module has as stripTypeScriptTypes.
JSC::JSObject* make_strip_function(JSC::JSGlobalObject*);

/// How the module's code is told from that of other modules: the same bytes are another program if their types are erased.
source_identity code_identity(source_identity, bool is_typescript);

/// What makes `erased` of `text`, as a payload keeps it behind its code: small, and applied without the eraser, which can't be asked
/// when the engine wants the text.
std::vector<std::byte> describe_erasure(const WTF::String& text, const WTF::String& erased);
/// Null where `erasure` is no such thing.
WTF::String apply_erasure(const WTF::String& text, byte_view erasure);

void append_erasure(std::vector<std::byte>& bytecode, byte_view erasure);
struct erased_payload {
  byte_view bytecode;
  byte_view erasure;  ///< both are empty where the payload is no such thing
};
erased_payload split_payload(byte_view payload);

}  // namespace bmes::jsc
