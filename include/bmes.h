/* bmes: ES module metadata and bytecode in one checked file. The C interface.
 *
 * docs/format.md specifies the bytes and names the fields; names here are the same. Link with libbmes (pkg-config
 * bmes-c). For bindings: structs are plain data, passed and returned by value, there are no callbacks and no macros but
 * two numbers.
 *
 * - Units: sizes and offsets in bytes, times in nanoseconds since 1970 (0 not known), indices from 0.
 * - Text is UTF-8 with a size and no terminating NUL. NULL is fine where the size or the count is 0.
 * - Enumerators are uint32_t in structs, so that their size is no question of the compiler.
 * - What is read points into the file's bytes and is valid as long as they are; nothing is copied or allocated.
 * - Reading functions are safe on any bytes that bmes_open() took, and may be called by several threads at once.
 * - Pointers to structs must not be NULL. */
#ifndef BMES_H
#define BMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No such module, engine or blob; an edge that leaves the file. */
#define BMES_NONE 0xFFFFFFFFu

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/* The codes of docs/format.md, section 10. Malformed: report and drop the file. */
enum { BMES_OK = 0, BMES_TRUNCATED = 1, BMES_TRAILING_BYTES = 2, BMES_BAD_MAGIC = 3, BMES_BAD_VALUE = 4, BMES_BAD_COUNT = 5 };
enum { BMES_BAD_OFFSET = 6, BMES_BAD_INDEX = 7, BMES_BAD_ORDER = 8, BMES_BAD_PADDING = 9, BMES_BAD_UTF8 = 10, BMES_BAD_CHECKSUM = 11 };
/* Stale: run from source and write the file anew. */
enum { BMES_UNSUPPORTED_VERSION = 12, BMES_UNSUPPORTED_SECTION = 13, BMES_ENGINE_MISMATCH = 14, BMES_SOURCE_MISMATCH = 15 };
/* Misuse: the caller asked for what can't be done. */
enum { BMES_OUTPUT_TOO_SMALL = 16, BMES_LIMIT_EXCEEDED = 17, BMES_NOT_REPRESENTABLE = 18 };

enum { BMES_CLASS_MALFORMED = 0, BMES_CLASS_STALE = 1, BMES_CLASS_MISUSE = 2 };

typedef struct bmes_text {
  const char *data;
  size_t size;
} bmes_text;

typedef struct bmes_bytes {
  const uint8_t *data;
  size_t size;
} bmes_bytes;

/* Success when `code` is BMES_OK. `offset` counts from the file's first byte and has no meaning in errors of writing;
 * `field` is static storage. */
typedef struct bmes_error {
  uint32_t code;
  uint64_t offset;
  bmes_text field;
} bmes_error;

/* "truncated" and so on, "ok" for BMES_OK, "unknown" for what is no code. NUL-terminated, static storage. O(1). */
const char *bmes_error_name(uint32_t code);
/* One sentence for people; as above. */
const char *bmes_error_sentence(uint32_t code);
/* One of BMES_CLASS_; misuse for what is no code. */
uint32_t bmes_error_class(uint32_t code);
/* The library's version, for example "0.1.0"; the format's is another thing. NUL-terminated, static storage. */
const char *bmes_library_version(void);

/* ---- The model --------------------------------------------------------------------------------------------------- */

enum { BMES_NAME_ABSENT = 0, BMES_NAME_TEXT = 1, BMES_NAME_STAR_DEFAULT = 2, BMES_NAME_STAR_NAMESPACE = 3 };
enum { BMES_PHASE_EVALUATION = 0, BMES_PHASE_DEFER = 1, BMES_PHASE_SOURCE = 2 };
enum { BMES_IMPORT_SINGLE = 0, BMES_IMPORT_SINGLE_TYPE_SCRIPT = 1, BMES_IMPORT_NAMESPACE = 2 };
enum { BMES_EXPORT_LOCAL = 0, BMES_EXPORT_INDIRECT = 1, BMES_EXPORT_NAMESPACE = 2 };
enum { BMES_SCOPE_DECLARED = 0, BMES_SCOPE_LEXICAL = 1 };
enum { BMES_FACT_ABSENT = 0, BMES_FACT_FILE = 1, BMES_FACT_DIRECTORY = 2 };
/* Bits of a module's `flags`. */
enum { BMES_FLAG_TOP_LEVEL_AWAIT = 1, BMES_FLAG_IMPORT_META = 2, BMES_FLAG_STRICT = 4, BMES_FLAG_TYPE_SCRIPT = 8 };
/* Bits of a variable's `bits`. */
enum { BMES_VARIABLE_CAPTURED = 1, BMES_VARIABLE_CONSTANT = 2, BMES_VARIABLE_VAR = 4, BMES_VARIABLE_LET = 8 };
enum { BMES_VARIABLE_EXPORTED = 16, BMES_VARIABLE_IMPORTED = 32, BMES_VARIABLE_IMPORTED_NAMESPACE = 64, BMES_VARIABLE_FUNCTION = 128 };
enum { BMES_VARIABLE_PARAMETER = 256, BMES_VARIABLE_SLOPPY_MODE_HOISTED = 512, BMES_VARIABLE_PRIVATE_FIELD = 1024 };
enum { BMES_VARIABLE_PRIVATE_METHOD = 2048, BMES_VARIABLE_PRIVATE_GETTER = 4096, BMES_VARIABLE_PRIVATE_SETTER = 8192 };
/* A module's `uncacheable`: why it has no payload, or can't be restored from its record. */
enum { BMES_CACHEABLE = 0, BMES_LONE_SURROGATE = 1, BMES_NOT_JAVA_SCRIPT = 2 };
enum { BMES_NO_BYTECODE = 3, BMES_ENGINE_REFUSED = 4, BMES_UNSUPPORTED_ENTRY = 5 };

/* Compared, never interpreted. Hashes are XXH3-128 in canonical form. */
typedef struct bmes_hash128 {
  uint8_t bytes[16];
} bmes_hash128;

/* A name that need not be text; `text` is empty unless `kind` is BMES_NAME_TEXT. */
typedef struct bmes_name {
  uint32_t kind;
  bmes_text text;
} bmes_name;

/* Which bytes something was made from. All 0: not known. */
typedef struct bmes_source {
  uint64_t size;
  bmes_hash128 hash;
  uint64_t modification_time;
  uint64_t change_time;
  uint64_t device; /* with the inode, the file as its file system knows it */
  uint64_t inode;
} bmes_source;

typedef struct bmes_attribute {
  bmes_text key;
  bmes_text value;
} bmes_attribute;

typedef struct bmes_import {
  uint32_t type;
  bmes_text module_request;
  bmes_name import_name;
  bmes_text local_name;
} bmes_import;

/* Local has a local_name, indirect a module_name and an import_name, namespace a module_name; the others are absent. */
typedef struct bmes_export {
  uint32_t type;
  bmes_text export_name;
  bmes_name module_name;
  bmes_name import_name;
  bmes_name local_name;
} bmes_export;

typedef struct bmes_variable {
  bmes_name name;
  uint32_t scope;
  uint32_t bits;
} bmes_variable;

/* An engine, build, configuration and architecture. `description` is for people. */
typedef struct bmes_engine {
  bmes_hash128 fingerprint;
  bmes_text description;
} bmes_engine;

/* Something on the disk that the edges depend on and that is no module. */
typedef struct bmes_fact {
  bmes_text path;
  uint32_t kind;
  bmes_source identity;
} bmes_fact;

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* An open file. Its bytes stay the caller's; it may be copied, and needs no closing. All zero: a file without anything. */
typedef struct bmes_file {
  uint64_t opaque[160];
} bmes_file;

/* A run of rows that is walked with the bmes_next_ function of its kind. In a file of version 4 rows are also reached
 * directly: add n to `at` and subtract it from `count`. Rows that are not there are skipped. */
typedef struct bmes_rows {
  uint64_t at;
  uint64_t count;
} bmes_rows;

/* A module. In versions 1 and 3, which hold one, what they have no field for is empty, 0 or BMES_NONE. */
typedef struct bmes_module {
  bmes_text url;
  bmes_source source;
  uint32_t source_length; /* UTF-16 code units of the decoded source */
  uint32_t flags;
  uint32_t uncacheable;
  uint32_t text;          /* blob: the source's bytes as a zstd frame, or BMES_NONE */
  uint32_t code_features; /* version 3 only; of the engine's own definition */
  bmes_rows requests;
  bmes_rows imports;
  bmes_rows exports;
  bmes_rows stars;
  bmes_rows variables;
  bmes_rows payloads;
} bmes_module;

typedef struct bmes_request {
  bmes_text specifier;
  uint32_t phase;
  uint32_t resolved; /* the module it leads to, or BMES_NONE */
  bmes_rows attributes;
} bmes_request;

/* Bytecode of one engine; in versions 1 and 3 of an engine that is not known, BMES_NONE. */
typedef struct bmes_payload {
  uint32_t engine;
  uint32_t blob;
} bmes_payload;

/* Opens a file of version 1, 3 or 4 that lies in memory, and checks all that docs/format.md demands of it: linear in what is
 * checked. With `payloads` that includes the checksums of payloads and texts of version 4, else bmes_blob() proves them, each
 * time. On an error `file` has nothing in it. Payloads can be used in place where `data` is aligned to 128 bytes. */
bmes_error bmes_open(bmes_file *file, const void *data, size_t size, bool payloads);

/* 1, 3 or 4; 0 when nothing is open. O(1), as the next four. */
uint32_t bmes_version(const bmes_file *file);
/* The module that the program starts with, or BMES_NONE. */
uint32_t bmes_entry(const bmes_file *file);
uint32_t bmes_module_count(const bmes_file *file);
uint32_t bmes_engine_count(const bmes_file *file);
uint32_t bmes_fact_count(const bmes_file *file);

/* Module `index`, in the order of URLs; an empty one when there is none. O(1), as the next two. */
bmes_module bmes_module_at(const bmes_file *file, uint32_t index);
bmes_engine bmes_engine_at(const bmes_file *file, uint32_t index);
bmes_fact bmes_fact_at(const bmes_file *file, uint32_t index);

/* The index of the module with this URL, or BMES_NONE. O(log modules). */
uint32_t bmes_find_module(const bmes_file *file, bmes_text url);
/* The index of the engine with this fingerprint, or BMES_NONE. O(engines). */
uint32_t bmes_find_engine(const bmes_file *file, bmes_hash128 fingerprint);
/* Whether `module` has an export of that name, and which. O(log exports); O(exports) in versions 1 and 3. */
bool bmes_find_export(const bmes_file *file, uint32_t module, bmes_text export_name, bmes_export *out);

/* Take the first of `rows`: false when there is none, and then `out` is left alone. O(1). */
bool bmes_next_request(const bmes_file *file, bmes_rows *rows, bmes_request *out);
bool bmes_next_attribute(const bmes_file *file, bmes_rows *rows, bmes_attribute *out);
bool bmes_next_import(const bmes_file *file, bmes_rows *rows, bmes_import *out);
bool bmes_next_export(const bmes_file *file, bmes_rows *rows, bmes_export *out);
bool bmes_next_star(const bmes_file *file, bmes_rows *rows, bmes_text *out);
bool bmes_next_variable(const bmes_file *file, bmes_rows *rows, bmes_variable *out);
bool bmes_next_payload(const bmes_file *file, bmes_rows *rows, bmes_payload *out);

/* The bytes of a blob, proven to have their checksum; versions 1 and 3 have none to prove. On an error `out` is empty.
 * O(1), or linear in the blob where bmes_open() left the proof. Before an engine may use them: docs/format.md, section 7. */
bmes_error bmes_blob(const bmes_file *file, uint32_t blob, bmes_bytes *out);

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

typedef struct bmes_request_record {
  bmes_text specifier;
  uint32_t phase;
  uint32_t resolved; /* index into the graph's modules, or BMES_NONE */
  const bmes_attribute *attributes;
  size_t attribute_count;
} bmes_request_record;

typedef struct bmes_payload_record {
  uint32_t engine; /* index into the graph's engines */
  bmes_bytes bytes;
} bmes_payload_record;

typedef struct bmes_module_record {
  bmes_text url;
  bmes_source source;
  uint32_t source_length;
  uint32_t flags;
  uint32_t uncacheable;
  bmes_bytes text;
  const bmes_request_record *requests;
  size_t request_count;
  const bmes_import *imports;
  size_t import_count;
  const bmes_export *exports;
  size_t export_count;
  const bmes_text *stars;
  size_t star_count;
  const bmes_variable *variables;
  size_t variable_count;
  const bmes_payload_record *payloads;
  size_t payload_count;
} bmes_module_record;

typedef struct bmes_graph_record {
  uint32_t entry; /* index into `modules`, or BMES_NONE */
  const bmes_module_record *modules;
  size_t module_count;
  const bmes_engine *engines;
  size_t engine_count;
  const bmes_fact *facts;
  size_t fact_count;
} bmes_graph_record;

/* A file of version 4 that is laid out and not yet written. */
typedef struct bmes_plan bmes_plan;

/* Lays out `graph`. Texts and bytes have to stay until the plan is freed, the arrays need not. Allocates in proportion
 * to the graph without its payloads; aborts when memory is exhausted. On an error, *plan is NULL. The same content gives
 * the same bytes, whatever the order of modules, imports, exports, variables, payloads, engines and facts. */
bmes_error bmes_plan_new(const bmes_graph_record *graph, bmes_plan **plan);
/* Lays out `file`, of version 4, with the modules of `graph` added, or in the place of those with their URL. Texts and
 * bytes of both have to stay. Edges, entry and engines of `graph` count on into the file: graph->module_count + i is module
 * i of the file, graph->engine_count + i engine i. Otherwise as bmes_plan_new(). docs/design.md, "Merging", has the rules. */
bmes_error bmes_merge(const bmes_file *file, const bmes_graph_record *graph, bmes_plan **plan);
/* Bytes that bmes_write() will write, exactly. O(1). */
uint64_t bmes_size(const bmes_plan *plan);
/* Writes the file to `out`; BMES_OUTPUT_TOO_SMALL, with nothing written, if `capacity` is less than its size. Linear. */
bmes_error bmes_write(const bmes_plan *plan, void *out, size_t capacity);
/* NULL is fine. */
void bmes_plan_free(bmes_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
