# A graph as a Cap'n Proto user would describe it. The format can't share texts: each use holds its own copy.
@0xb5a3c1d0e9f84726;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("formats::cp");

enum NameKind { text @0; absent @1; starNamespace @2; starDefault @3; }
enum Phase { evaluation @0; defer @1; source @2; }
enum ImportType { single @0; singleTypeScript @1; namespaceObject @2; }
enum ExportType { local @0; indirect @1; namespaceObject @2; }
enum Scope { declared @0; lexical @1; }
enum FactKind { absent @0; file @1; directory @2; }

struct Hash { high @0 :UInt64; low @1 :UInt64; }
struct Source {
  size @0 :UInt64;
  hashHigh @1 :UInt64;
  hashLow @2 :UInt64;
  modificationTime @3 :UInt64;
  changeTime @4 :UInt64;
}
struct Blob { offset @0 :UInt64; size @1 :UInt64; checksumHigh @2 :UInt64; checksumLow @3 :UInt64; }
struct Payload { engine @0 :UInt32; blob @1 :UInt32; }
struct Attribute { key @0 :Text; value @1 :Text; }
struct Request { specifier @0 :Text; phase @1 :Phase; attributes @2 :List(Attribute); resolved @3 :UInt32 = 0xFFFFFFFF; }
struct Import { type @0 :ImportType; moduleRequest @1 :Text; importName @2 :Text; importNameKind @3 :NameKind; localName @4 :Text; }
struct Export { type @0 :ExportType; exportName @1 :Text; moduleName @2 :Text; targetName @3 :Text; targetNameKind @4 :NameKind; }
struct Variable { name @0 :Text; nameKind @1 :NameKind; scope @2 :Scope; bits @3 :UInt32; }
struct Module {
  url @0 :Text;
  flags @1 :UInt32;
  uncacheable @2 :UInt32;
  source @3 :Source;
  sourceLength @4 :UInt32;
  text @5 :UInt32 = 0xFFFFFFFF;
  requests @6 :List(Request);
  imports @7 :List(Import);
  exports @8 :List(Export);
  stars @9 :List(Text);
  variables @10 :List(Variable);
  payloads @11 :List(Payload);
}
struct Engine { fingerprint @0 :Hash; description @1 :Text; }
struct Fact { path @0 :Text; kind @1 :FactKind; identity @2 :Source; }
struct Graph {
  entry @0 :UInt32 = 0xFFFFFFFF;
  modules @1 :List(Module);
  engines @2 :List(Engine);
  blobs @3 :List(Blob);
  facts @4 :List(Fact);
}
