/* The C interface from C: golden files are read to the last field and compared with what they are known to hold
 * (test/golden/content.hpp), damaged ones are refused in the right place, and what is written reads back.
 *
 *   test_c FOLDER    where v1.bmes, v3.bmes and v4.bmes are */
#include <bmes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks = 0, failures = 0;

static void check(bool held, int line, const char *what) {
  ++checks;
  if (held) return;
  ++failures;
  fprintf(stderr, "test_c.c:%d: %s\n", line, what);
}
#define CHECK(held) check((held), __LINE__, #held)

static bmes_text text(const char *characters) {
  bmes_text out = {characters, strlen(characters)};
  return out;
}
static bool same(bmes_text t, const char *expected) { return t.size == strlen(expected) && memcmp(t.data, expected, t.size) == 0; }
static bmes_name named(const char *characters) {
  bmes_name out = {BMES_NAME_TEXT, {characters, strlen(characters)}};
  return out;
}
static bmes_name tag(uint32_t kind) {
  bmes_name out = {kind, {NULL, 0}};
  return out;
}
static bool is_text(bmes_name n, const char *expected) { return n.kind == BMES_NAME_TEXT && same(n.text, expected); }
static bool is_tag(bmes_name n, uint32_t kind) { return n.kind == kind && n.text.size == 0; }
static bmes_hash128 hash_of(unsigned seed) {
  bmes_hash128 out;
  for (unsigned i = 0; i < 16; ++i) out.bytes[i] = (uint8_t)(seed * 16 + i);
  return out;
}
static bool has_hash(bmes_hash128 h, unsigned seed) {
  bmes_hash128 expected = hash_of(seed);
  return memcmp(&h, &expected, sizeof h) == 0;
}
static bool is_error(bmes_error e, uint32_t code, uint64_t offset, const char *field) {
  if (e.code == code && e.offset == offset && same(e.field, field)) return true;
  fprintf(stderr, "%s at %llu in %.*s\n", bmes_error_name(e.code), (unsigned long long)e.offset, (int)e.field.size, e.field.data);
  return false;
}

static const uint8_t bytecode_a[] = {0xCA, 0xFE, 0};
static const uint8_t bytecode_b[] = {1};
static const uint8_t text_frame[] = {0x28, 0xB5, 0x2F, 0xFD};
static bool has_bytes(bmes_bytes b, const uint8_t *expected, size_t size) { return b.size == size && memcmp(b.data, expected, size) == 0; }

/* A file in an allocation of its size, so that a sanitizer sees a step beyond it. */
typedef struct file_bytes {
  uint8_t *data;
  size_t size;
} file_bytes;

static file_bytes load(const char *folder, const char *name) {
  char path[4096];
  file_bytes out = {NULL, 0};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *in = fopen(path, "rb");
  if (!in || fseek(in, 0, SEEK_END) != 0) {
    fprintf(stderr, "can't read %s\n", path);
    exit(1);
  }
  out.size = (size_t)ftell(in);
  out.data = malloc(out.size);
  rewind(in);
  if (!out.data || fread(out.data, 1, out.size, in) != out.size) exit(1);
  fclose(in);
  return out;
}

/* The entries that the modules of all three golden files have. */
static void check_entries(const bmes_file *f, uint32_t index, bool edges) {
  bmes_module m = bmes_module_at(f, index);
  bmes_request r;
  bmes_attribute a;
  bmes_rows rows = m.requests, attributes;
  CHECK(bmes_next_request(f, &rows, &r) && same(r.specifier, "./x.mjs") && r.phase == BMES_PHASE_EVALUATION);
  CHECK(r.resolved == (edges ? 2 : BMES_NONE) && r.attributes.count == 0);
  CHECK(bmes_next_request(f, &rows, &r) && same(r.specifier, "./data.json") && r.resolved == (edges ? 0 : BMES_NONE));
  attributes = r.attributes;
  CHECK(attributes.count == 1);
  CHECK(bmes_next_attribute(f, &attributes, &a) && same(a.key, "type") && same(a.value, "json"));
  CHECK(!bmes_next_attribute(f, &attributes, &a) && same(a.key, "type"));
  if (!edges) CHECK(!bmes_next_request(f, &rows, &r));

  bmes_import i;
  rows = m.imports;
  CHECK(rows.count == 3);
  CHECK(bmes_next_import(f, &rows, &i) && i.type == BMES_IMPORT_SINGLE && same(i.module_request, "./x.mjs"));
  CHECK(is_text(i.import_name, "a") && same(i.local_name, "b"));
  CHECK(bmes_next_import(f, &rows, &i) && i.type == BMES_IMPORT_SINGLE_TYPE_SCRIPT && is_text(i.import_name, "T") && same(i.local_name, "t"));
  CHECK(bmes_next_import(f, &rows, &i) && i.type == BMES_IMPORT_NAMESPACE && is_tag(i.import_name, BMES_NAME_STAR_NAMESPACE));
  CHECK(same(i.local_name, "whole") && !bmes_next_import(f, &rows, &i));

  bmes_export e;
  rows = m.exports;
  CHECK(bmes_next_export(f, &rows, &e) && e.type == BMES_EXPORT_INDIRECT && same(e.export_name, "") && is_text(e.module_name, "./x.mjs"));
  CHECK(is_text(e.import_name, "\xC3\xA9") && is_tag(e.local_name, BMES_NAME_ABSENT));
  CHECK(bmes_next_export(f, &rows, &e) && e.type == BMES_EXPORT_LOCAL && same(e.export_name, "default"));
  CHECK(is_tag(e.module_name, BMES_NAME_ABSENT) && is_tag(e.import_name, BMES_NAME_ABSENT) && is_tag(e.local_name, BMES_NAME_STAR_DEFAULT));
  CHECK(bmes_next_export(f, &rows, &e) && e.type == BMES_EXPORT_NAMESPACE && same(e.export_name, "ns") && is_text(e.module_name, "./x.mjs"));
  CHECK(is_tag(e.import_name, BMES_NAME_ABSENT) && is_tag(e.local_name, BMES_NAME_ABSENT));
  CHECK(!bmes_next_export(f, &rows, &e) && rows.count == 0);
  CHECK(bmes_find_export(f, index, text("default"), &e) && e.type == BMES_EXPORT_LOCAL);
  CHECK(bmes_find_export(f, index, text(""), &e) && e.type == BMES_EXPORT_INDIRECT);
  CHECK(!bmes_find_export(f, index, text("missing"), &e) && e.type == BMES_EXPORT_INDIRECT);

  bmes_text star;
  rows = m.stars;
  CHECK(bmes_next_star(f, &rows, &star) && same(star, "./x.mjs") && !bmes_next_star(f, &rows, &star));
}

static void check_variables(const bmes_file *f, bmes_rows rows) {
  bmes_variable v;
  CHECK(rows.count == 3);
  CHECK(bmes_next_variable(f, &rows, &v) && is_text(v.name, "b") && v.scope == BMES_SCOPE_DECLARED);
  CHECK(v.bits == (BMES_VARIABLE_CAPTURED | BMES_VARIABLE_VAR | BMES_VARIABLE_IMPORTED));
  CHECK(bmes_next_variable(f, &rows, &v) && is_text(v.name, "x") && v.scope == BMES_SCOPE_LEXICAL && v.bits == 0);
  CHECK(bmes_next_variable(f, &rows, &v) && is_tag(v.name, BMES_NAME_STAR_DEFAULT) && v.scope == BMES_SCOPE_LEXICAL && v.bits == 0x3FFF);
  CHECK(!bmes_next_variable(f, &rows, &v));
}

static void test_old_version(const char *folder, const char *name, uint32_t version) {
  file_bytes in = load(folder, name);
  bmes_file f;
  bmes_payload p;
  bmes_bytes bytes;
  bmes_variable v;
  CHECK(bmes_open(&f, in.data, in.size, true).code == BMES_OK);
  CHECK(bmes_version(&f) == version && bmes_entry(&f) == 0 && bmes_module_count(&f) == 1);
  CHECK(bmes_engine_count(&f) == 0 && bmes_fact_count(&f) == 0 && bmes_find_module(&f, text("/app/main.mjs")) == BMES_NONE);
  bmes_module m = bmes_module_at(&f, 0);
  CHECK(m.url.size == 0 && m.source.size == 0 && m.text == BMES_NONE && m.code_features == (version == 3 ? 7 : 0));
  check_entries(&f, 0, false);
  if (version == 3) check_variables(&f, m.variables);
  if (version == 1) CHECK(!bmes_next_variable(&f, &m.variables, &v));
  CHECK(bmes_next_payload(&f, &m.payloads, &p) && p.engine == BMES_NONE && !bmes_next_payload(&f, &m.payloads, &p));
  CHECK(bmes_blob(&f, p.blob, &bytes).code == BMES_OK && has_bytes(bytes, bytecode_a, sizeof bytecode_a));
  CHECK(bmes_blob(&f, 1, &bytes).code == BMES_BAD_INDEX && bytes.size == 0);
  CHECK(bmes_module_at(&f, 1).requests.count == 0 && bmes_module_at(&f, 1).text == BMES_NONE);
  for (size_t size = 0; size < in.size; ++size) {
    bmes_error e = bmes_open(&f, in.data, size, true);
    CHECK(e.code != BMES_OK && e.offset <= size && e.field.size != 0 && bmes_module_count(&f) == 0 && bmes_version(&f) == 0);
  }
  free(in.data);
}

static void check_golden(const bmes_file *f) {
  bmes_request r;
  bmes_attribute a;
  bmes_payload p;
  bmes_bytes bytes;
  bmes_export e;
  CHECK(bmes_version(f) == 4 && bmes_entry(f) == 1 && bmes_module_count(f) == 3);

  bmes_module data = bmes_module_at(f, 0);
  CHECK(same(data.url, "/app/data.json") && data.flags == 0 && data.uncacheable == BMES_NOT_JAVA_SCRIPT && data.text == BMES_NONE);
  CHECK(data.requests.count + data.imports.count + data.exports.count + data.stars.count + data.variables.count + data.payloads.count == 0);
  CHECK(!bmes_next_request(f, &data.requests, &r));

  bmes_module m = bmes_module_at(f, 1);
  CHECK(same(m.url, "/app/main.mjs") && m.source.size == 1234 && has_hash(m.source.hash, 4) && m.source_length == 1200);
  CHECK(m.source.modification_time == 1700000000000000001 && m.source.change_time == 1700000000000000002);
  CHECK(m.flags == (BMES_FLAG_TOP_LEVEL_AWAIT | BMES_FLAG_IMPORT_META | BMES_FLAG_STRICT | BMES_FLAG_TYPE_SCRIPT));
  CHECK(m.uncacheable == BMES_CACHEABLE && m.code_features == 0);
  check_entries(f, 1, true);
  CHECK(m.requests.count == 4);
  m.requests.at += 2;
  m.requests.count -= 2;
  CHECK(bmes_next_request(f, &m.requests, &r) && same(r.specifier, "./late.mjs") && r.phase == BMES_PHASE_DEFER && r.resolved == BMES_NONE);
  CHECK(bmes_next_attribute(f, &r.attributes, &a) && same(a.key, "a") && same(a.value, ""));
  CHECK(bmes_next_attribute(f, &r.attributes, &a) && same(a.key, "type") && same(a.value, "wasm"));
  CHECK(!bmes_next_attribute(f, &r.attributes, &a));
  CHECK(bmes_next_request(f, &m.requests, &r) && same(r.specifier, "./source.wasm") && r.phase == BMES_PHASE_SOURCE);
  CHECK(!bmes_next_request(f, &m.requests, &r));
  check_variables(f, m.variables);
  CHECK(bmes_blob(f, m.text, &bytes).code == BMES_OK && has_bytes(bytes, text_frame, sizeof text_frame));
  CHECK(bmes_next_payload(f, &m.payloads, &p) && p.engine == 0 && bmes_blob(f, p.blob, &bytes).code == BMES_OK);
  CHECK(has_bytes(bytes, bytecode_b, sizeof bytecode_b));
  CHECK(bmes_next_payload(f, &m.payloads, &p) && p.engine == 1 && bmes_blob(f, p.blob, &bytes).code == BMES_OK);
  CHECK(has_bytes(bytes, bytecode_a, sizeof bytecode_a) && !bmes_next_payload(f, &m.payloads, &p));

  bmes_module x = bmes_module_at(f, 2);
  CHECK(same(x.url, "/app/x.mjs") && x.flags == BMES_FLAG_STRICT && has_hash(x.source.hash, 5) && x.text == BMES_NONE);
  CHECK(bmes_next_request(f, &x.requests, &r) && same(r.specifier, "./main.mjs") && r.resolved == 1 && r.attributes.count == 0);
  CHECK(bmes_find_export(f, 2, text("a"), &e) && is_text(e.local_name, "a"));
  CHECK(bmes_find_module(f, text("/app/main.mjs")) == 1 && bmes_find_module(f, text("/app/main")) == BMES_NONE);

  CHECK(bmes_engine_count(f) == 2 && has_hash(bmes_engine_at(f, 0).fingerprint, 1) && same(bmes_engine_at(f, 1).description, "engine two"));
  CHECK(bmes_find_engine(f, hash_of(2)) == 1 && bmes_find_engine(f, hash_of(9)) == BMES_NONE);
  CHECK(bmes_fact_count(f) == 3);
  CHECK(same(bmes_fact_at(f, 0).path, "/app/node_modules") && bmes_fact_at(f, 0).kind == BMES_FACT_DIRECTORY);
  bmes_fact file = bmes_fact_at(f, 1);
  CHECK(same(file.path, "/app/package.json") && file.kind == BMES_FACT_FILE && file.identity.size == 12 && has_hash(file.identity.hash, 3));
  CHECK(file.identity.modification_time == 5 && file.identity.change_time == 6);
  CHECK(same(bmes_fact_at(f, 2).path, "/app/x.js") && bmes_fact_at(f, 2).kind == BMES_FACT_ABSENT);
}

/* Looks at all that an open file gives, whatever it is, and at places that are not there. */
static size_t walk(const bmes_file *f) {
  size_t sum = 0;
  for (uint32_t i = 0; i <= bmes_module_count(f) && i < 100; ++i) {
    bmes_module m = bmes_module_at(f, i);
    bmes_request r;
    bmes_attribute a;
    bmes_import in;
    bmes_export e;
    bmes_text star;
    bmes_variable v;
    bmes_payload p;
    bmes_bytes bytes;
    sum += m.url.size + bmes_find_module(f, m.url) + bmes_find_export(f, i, text("default"), &e);
    while (bmes_next_request(f, &m.requests, &r))
      while (bmes_next_attribute(f, &r.attributes, &a)) sum += a.key.size + a.value.size;
    while (bmes_next_import(f, &m.imports, &in)) sum += in.local_name.size + in.import_name.text.size;
    while (bmes_next_export(f, &m.exports, &e)) sum += e.export_name.size;
    while (bmes_next_star(f, &m.stars, &star)) sum += star.size;
    while (bmes_next_variable(f, &m.variables, &v)) sum += v.bits;
    while (bmes_next_payload(f, &m.payloads, &p))
      if (bmes_blob(f, p.blob, &bytes).code == BMES_OK) sum += bytes.data[bytes.size - 1];
    if (m.text != BMES_NONE && bmes_blob(f, m.text, &bytes).code == BMES_OK) sum += bytes.size;
  }
  for (uint32_t i = 0; i < 5; ++i) sum += bmes_engine_at(f, i).description.size + bmes_fact_at(f, i).path.size;
  return sum + bmes_entry(f);
}

static void test_rows_that_are_not_there(const bmes_file *f) {
  const uint64_t places[] = {0, 1, 4, 100, 0x7FFFFFFF, 0xFFFFFFFF, UINT64_MAX - 1, UINT64_MAX};
  for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
    bmes_rows rows[7];
    for (int k = 0; k < 7; ++k) rows[k].at = places[i], rows[k].count = 9;
    bmes_request r;
    bmes_attribute a;
    bmes_import in;
    bmes_export e;
    bmes_text star;
    bmes_variable v;
    bmes_payload p;
    int found = 0;
    while (found < 64 && bmes_next_request(f, &rows[0], &r)) ++found;
    while (found < 64 && bmes_next_attribute(f, &rows[1], &a)) ++found;
    while (found < 64 && bmes_next_import(f, &rows[2], &in)) ++found;
    while (found < 64 && bmes_next_export(f, &rows[3], &e)) ++found;
    while (found < 64 && bmes_next_star(f, &rows[4], &star)) ++found;
    while (found < 64 && bmes_next_variable(f, &rows[5], &v)) ++found;
    while (found < 64 && bmes_next_payload(f, &rows[6], &p)) ++found;
    CHECK(found < 64);
    for (int k = 0; k < 7; ++k) CHECK(rows[k].count == 0);
  }
}

static void test_damage(const char *folder) {
  file_bytes in = load(folder, "v4.bmes");
  bmes_file f;
  size_t sum = 0;
  CHECK(is_error(bmes_open(&f, NULL, 0, true), BMES_TRUNCATED, 0, "magic"));
  CHECK(is_error(bmes_open(&f, in.data, 6, true), BMES_TRUNCATED, 4, "version"));
  CHECK(is_error(bmes_open(&f, in.data, 60, true), BMES_TRUNCATED, 0, "header"));
  CHECK(is_error(bmes_open(&f, in.data, in.size - 1, true), BMES_TRUNCATED, 8, "header.file_size"));
  CHECK(bmes_version(&f) == 0 && bmes_module_count(&f) == 0);
  in.data[0] ^= 1;
  CHECK(is_error(bmes_open(&f, in.data, in.size, true), BMES_BAD_MAGIC, 0, "magic"));
  in.data[0] ^= 1;
  in.data[4] = 2;
  CHECK(is_error(bmes_open(&f, in.data, in.size, true), BMES_UNSUPPORTED_VERSION, 4, "version"));
  in.data[4] = 4;
  in.data[16] ^= 1;
  CHECK(is_error(bmes_open(&f, in.data, in.size, true), BMES_BAD_CHECKSUM, 16, "header.checksum"));
  in.data[16] ^= 1;

  /* The last byte is a payload's, the one that follows header and directory a string's. */
  in.data[in.size - 1] ^= 1;
  const bmes_error damaged = bmes_open(&f, in.data, in.size, true);
  CHECK(damaged.code == BMES_BAD_CHECKSUM && same(damaged.field, "blob.checksum"));
  CHECK(bmes_open(&f, in.data, in.size, false).code == BMES_OK);
  bmes_module m = bmes_module_at(&f, 1);
  bmes_payload p;
  bmes_bytes bytes;
  CHECK(bmes_next_payload(&f, &m.payloads, &p) && bmes_blob(&f, p.blob, &bytes).code == BMES_OK);
  CHECK(bmes_next_payload(&f, &m.payloads, &p) && bmes_blob(&f, p.blob, &bytes).code == BMES_BAD_CHECKSUM && bytes.size == 0);
  CHECK(bmes_blob(&f, p.blob, &bytes).offset == damaged.offset);
  CHECK(bmes_blob(&f, BMES_NONE, &bytes).code == BMES_BAD_INDEX && same(bmes_blob(&f, BMES_NONE, &bytes).field, "payload.blob"));
  in.data[in.size - 1] ^= 1;
  const size_t body = 64 + 40 * (size_t)in.data[32];
  in.data[body] ^= 1;
  CHECK(is_error(bmes_open(&f, in.data, in.size, false), BMES_BAD_CHECKSUM, 64 + 32, "section.checksum"));
  in.data[body] ^= 1;

  /* Accessors are total on whatever opens. */
  for (size_t i = 0; i < in.size; ++i) {
    in.data[i] ^= 0xFF;
    if (bmes_open(&f, in.data, in.size, false).code == BMES_OK) sum += walk(&f);
    sum += walk(&f);
    in.data[i] ^= 0xFF;
  }
  const uint8_t fills[] = {0xFF, 0x80, 0x7F, 0};
  for (size_t i = 0; i < sizeof fills; ++i) {
    memset(in.data + body, fills[i], in.size - body);
    CHECK(bmes_open(&f, in.data, in.size, false).code != BMES_OK);
    sum += walk(&f);
    test_rows_that_are_not_there(&f);
  }
  CHECK(sum != 0);
  free(in.data);
}

static void test_errors(void) {
  const char *names[] = {"ok",
                         "truncated",
                         "trailing_bytes",
                         "bad_magic",
                         "bad_value",
                         "bad_count",
                         "bad_offset",
                         "bad_index",
                         "bad_order",
                         "bad_padding",
                         "bad_utf8",
                         "bad_checksum",
                         "unsupported_version",
                         "unsupported_section",
                         "engine_mismatch",
                         "source_mismatch",
                         "output_too_small",
                         "limit_exceeded",
                         "not_representable",
                         "unknown"};
  for (uint32_t i = 0; i < sizeof names / sizeof *names; ++i) CHECK(same(text(bmes_error_name(i)), names[i]));
  CHECK(strlen(bmes_error_sentence(BMES_TRUNCATED)) > 10 && same(text(bmes_error_name(UINT32_MAX)), "unknown"));
  CHECK(bmes_error_class(BMES_BAD_CHECKSUM) == BMES_CLASS_MALFORMED && bmes_error_class(BMES_UNSUPPORTED_VERSION) == BMES_CLASS_STALE);
  CHECK(bmes_error_class(BMES_NOT_REPRESENTABLE) == BMES_CLASS_MISUSE && bmes_error_class(99) == BMES_CLASS_MISUSE);
}

/* The content of the golden file as a host would have it: in another order, with the edges and engines to match. */
static const bmes_attribute json[] = {{{"type", 4}, {"json", 4}}};
static const bmes_attribute wasm[] = {{{"type", 4}, {"wasm", 4}}, {{"a", 1}, {NULL, 0}}};

typedef struct content {
  bmes_request_record requests[4];
  bmes_request_record back;
  bmes_import imports[3];
  bmes_export exports[3];
  bmes_export only;
  bmes_text star;
  bmes_variable variables[3];
  bmes_payload_record payloads[2];
  bmes_payload_record shared;
  bmes_module_record modules[3];
  bmes_engine engines[2];
  bmes_fact facts[3];
  bmes_graph_record graph;
} content;

static void fill(content *c) {
  memset(c, 0, sizeof *c);
  bmes_text x = text("./x.mjs");
  bmes_request_record requests[] = {{x, BMES_PHASE_EVALUATION, 1, NULL, 0},
                                    {text("./data.json"), BMES_PHASE_EVALUATION, 2, json, 1},
                                    {text("./late.mjs"), BMES_PHASE_DEFER, BMES_NONE, wasm, 2},
                                    {text("./source.wasm"), BMES_PHASE_SOURCE, BMES_NONE, NULL, 0}};
  memcpy(c->requests, requests, sizeof requests);
  bmes_import imports[] = {{BMES_IMPORT_NAMESPACE, x, tag(BMES_NAME_STAR_NAMESPACE), text("whole")},
                           {BMES_IMPORT_SINGLE_TYPE_SCRIPT, x, named("T"), text("t")},
                           {BMES_IMPORT_SINGLE, x, named("a"), text("b")}};
  memcpy(c->imports, imports, sizeof imports);
  bmes_name none = tag(BMES_NAME_ABSENT);
  bmes_export exports[] = {{BMES_EXPORT_NAMESPACE, text("ns"), named("./x.mjs"), none, none},
                           {BMES_EXPORT_LOCAL, text("default"), none, none, tag(BMES_NAME_STAR_DEFAULT)},
                           {BMES_EXPORT_INDIRECT, text(""), named("./x.mjs"), named("\xC3\xA9"), none}};
  memcpy(c->exports, exports, sizeof exports);
  bmes_variable variables[] = {
      {named("x"), BMES_SCOPE_LEXICAL, 0}, {tag(BMES_NAME_STAR_DEFAULT), BMES_SCOPE_LEXICAL, 0x3FFF}, {named("b"), BMES_SCOPE_DECLARED, 0x25}};
  memcpy(c->variables, variables, sizeof variables);
  c->star = x;
  c->back = (bmes_request_record){text("./main.mjs"), BMES_PHASE_EVALUATION, 0, NULL, 0};
  c->only = (bmes_export){BMES_EXPORT_LOCAL, text("a"), none, none, named("a")};
  c->payloads[0] = (bmes_payload_record){0, {bytecode_a, sizeof bytecode_a}};
  c->payloads[1] = (bmes_payload_record){1, {bytecode_b, sizeof bytecode_b}};
  c->shared = c->payloads[0];

  bmes_module_record *m = &c->modules[0];
  m->url = text("/app/main.mjs");
  m->source = (bmes_source){1234, hash_of(4), 1700000000000000001, 1700000000000000002, 0, 0};
  m->source_length = 1200;
  m->flags = 15;
  m->text = (bmes_bytes){text_frame, sizeof text_frame};
  m->requests = c->requests, m->request_count = 4;
  m->imports = c->imports, m->import_count = 3;
  m->exports = c->exports, m->export_count = 3;
  m->stars = &c->star, m->star_count = 1;
  m->variables = c->variables, m->variable_count = 3;
  m->payloads = c->payloads, m->payload_count = 2;
  m = &c->modules[1];
  m->url = text("/app/x.mjs");
  m->source.hash = hash_of(5);
  m->flags = BMES_FLAG_STRICT;
  m->requests = &c->back, m->request_count = 1;
  m->exports = &c->only, m->export_count = 1;
  m->payloads = &c->shared, m->payload_count = 1;
  m = &c->modules[2];
  m->url = text("/app/data.json");
  m->uncacheable = BMES_NOT_JAVA_SCRIPT;

  c->engines[0] = (bmes_engine){hash_of(2), text("engine two")};
  c->engines[1] = (bmes_engine){hash_of(1), text("engine one")};
  c->facts[0] = (bmes_fact){text("/app/x.js"), BMES_FACT_ABSENT, {0, {{0}}, 0, 0, 0, 0}};
  c->facts[1] = (bmes_fact){text("/app/package.json"), BMES_FACT_FILE, {12, hash_of(3), 5, 6, 0, 0}};
  c->facts[2] = (bmes_fact){text("/app/node_modules"), BMES_FACT_DIRECTORY, {0, {{0}}, 0, 0, 0, 0}};
  c->graph = (bmes_graph_record){0, c->modules, 3, c->engines, 2, c->facts, 3};
}

static file_bytes written(bmes_plan *plan) {
  file_bytes out = {NULL, (size_t)bmes_size(plan)};
  out.data = malloc(out.size);
  if (!out.data) exit(1);
  CHECK(is_error(bmes_write(plan, out.data, out.size - 1), BMES_OUTPUT_TOO_SMALL, out.size - 1, "end"));
  CHECK(bmes_write(plan, out.data, out.size).code == BMES_OK);
  bmes_plan_free(plan);
  return out;
}

static void test_writing(const char *folder) {
  file_bytes golden = load(folder, "v4.bmes");
  content c;
  bmes_plan *plan;
  fill(&c);
  CHECK(bmes_plan_new(&c.graph, &plan).code == BMES_OK && plan);
  file_bytes out = written(plan);
  CHECK(out.size == golden.size && memcmp(out.data, golden.data, out.size) == 0);
  free(out.data);
  free(golden.data);

  golden = load(folder, "v4-identity.bmes");
  c.modules[0].source.device = c.facts[1].identity.device = 0x0102030405060708;
  c.modules[0].source.inode = 9;
  c.modules[1].source.inode = 10;
  c.facts[1].identity.inode = UINT64_MAX;
  CHECK(bmes_plan_new(&c.graph, &plan).code == BMES_OK && plan);
  out = written(plan);
  CHECK(out.size == golden.size && memcmp(out.data, golden.data, out.size) == 0);
  bmes_file f;
  CHECK(bmes_open(&f, out.data, out.size, true).code == BMES_OK);
  const bmes_source source = bmes_module_at(&f, 1).source;
  CHECK(source.device == 0x0102030405060708 && source.inode == 9 && bmes_module_at(&f, 0).source.inode == 0);
  free(out.data);
  free(golden.data);
  fill(&c);

  const bmes_graph_record nothing = {BMES_NONE, NULL, 0, NULL, 0, NULL, 0};
  CHECK(bmes_plan_new(&nothing, &plan).code == BMES_OK && bmes_size(plan) == 64);
  out = written(plan);
  CHECK(bmes_open(&f, out.data, out.size, true).code == BMES_OK);
  CHECK(bmes_module_count(&f) == 0 && bmes_entry(&f) == BMES_NONE);
  free(out.data);

  /* What can't be written is refused, by its name. */
  c.requests[0].phase = 3;
  CHECK(is_error(bmes_plan_new(&c.graph, &plan), BMES_NOT_REPRESENTABLE, 0, "request.phase") && !plan);
  fill(&c);
  c.requests[0].resolved = 3;
  CHECK(is_error(bmes_plan_new(&c.graph, &plan), BMES_BAD_INDEX, 0, "request.resolved") && !plan);
  fill(&c);
  c.imports[1].import_name.kind = 4;
  CHECK(is_error(bmes_plan_new(&c.graph, &plan), BMES_NOT_REPRESENTABLE, 0, "import.import_name") && !plan);
  fill(&c);
  c.exports[0].type = 7;
  CHECK(bmes_plan_new(&c.graph, &plan).code == BMES_NOT_REPRESENTABLE && !plan);
  fill(&c);
  c.modules[1].url = c.modules[0].url;
  CHECK(is_error(bmes_plan_new(&c.graph, &plan), BMES_NOT_REPRESENTABLE, 0, "module.url") && !plan);
  fill(&c);
  c.modules[1].url = text("\xFF");
  CHECK(is_error(bmes_plan_new(&c.graph, &plan), BMES_NOT_REPRESENTABLE, 0, "module.url") && !plan);
  bmes_plan_free(NULL);
}

static void test_merging(const char *folder) {
  file_bytes golden = load(folder, "v4.bmes"), old = load(folder, "v3.bmes");
  bmes_file f, merged;
  bmes_plan *plan;
  bmes_payload p;
  bmes_bytes bytes;
  bmes_request r;
  const bmes_graph_record nothing = {BMES_NONE, NULL, 0, NULL, 0, NULL, 0};
  CHECK(bmes_open(&f, golden.data, golden.size, false).code == BMES_OK);
  CHECK(bmes_merge(&f, &nothing, &plan).code == BMES_OK);
  file_bytes out = written(plan);
  CHECK(out.size == golden.size && memcmp(out.data, golden.data, out.size) == 0);
  free(out.data);

  /* A new module that requests one of the file, and bytecode of a third engine for one that is there. */
  const bmes_request_record edge = {{"./main.mjs", 10}, BMES_PHASE_EVALUATION, 2 + 1, NULL, 0};
  const bmes_payload_record third = {0, {text_frame, sizeof text_frame}};
  const bmes_engine engine = {hash_of(7), {"engine three", 12}};
  bmes_module_record modules[2];
  memset(modules, 0, sizeof modules);
  modules[0].url = text("/app/new.mjs");
  modules[0].requests = &edge, modules[0].request_count = 1;
  modules[1].url = text("/app/x.mjs");
  modules[1].source.hash = hash_of(5);
  modules[1].payloads = &third, modules[1].payload_count = 1;
  bmes_graph_record graph = {0, modules, 2, &engine, 1, NULL, 0};
  CHECK(bmes_merge(&f, &graph, &plan).code == BMES_OK);
  out = written(plan);
  CHECK(bmes_open(&merged, out.data, out.size, true).code == BMES_OK);
  CHECK(bmes_module_count(&merged) == 4 && bmes_engine_count(&merged) == 3 && bmes_fact_count(&merged) == 3);
  CHECK(same(bmes_module_at(&merged, bmes_entry(&merged)).url, "/app/new.mjs"));
  bmes_module m = bmes_module_at(&merged, bmes_entry(&merged));
  CHECK(bmes_next_request(&merged, &m.requests, &r) && same(bmes_module_at(&merged, r.resolved).url, "/app/main.mjs"));
  m = bmes_module_at(&merged, bmes_find_module(&merged, text("/app/x.mjs")));
  CHECK(m.payloads.count == 2 && m.requests.count == 0);
  CHECK(bmes_next_payload(&merged, &m.payloads, &p) && same(bmes_engine_at(&merged, p.engine).description, "engine two"));
  CHECK(bmes_blob(&merged, p.blob, &bytes).code == BMES_OK && has_bytes(bytes, bytecode_a, sizeof bytecode_a));
  CHECK(bmes_next_payload(&merged, &m.payloads, &p) && same(bmes_engine_at(&merged, p.engine).description, "engine three"));
  CHECK(bmes_blob(&merged, p.blob, &bytes).code == BMES_OK && has_bytes(bytes, text_frame, sizeof text_frame));
  free(out.data);

  graph.entry = 5;
  CHECK(is_error(bmes_merge(&f, &graph, &plan), BMES_BAD_INDEX, 0, "header.entry") && !plan);
  golden.data[golden.size - 1] ^= 1;
  CHECK(bmes_merge(&f, &nothing, &plan).code == BMES_BAD_CHECKSUM && !plan);
  CHECK(bmes_open(&f, old.data, old.size, true).code == BMES_OK);
  CHECK(is_error(bmes_merge(&f, &nothing, &plan), BMES_UNSUPPORTED_VERSION, 4, "version") && !plan);
  free(golden.data);
  free(old.data);
}

int main(int argc, char **argv) {
  bmes_file f;
  if (argc != 2) return fprintf(stderr, "usage: test_c FOLDER\n"), 2;

  memset(&f, 0, sizeof f);
  CHECK(bmes_version(&f) == 0 && bmes_module_count(&f) == 0 && bmes_entry(&f) == BMES_NONE && walk(&f) != 1);
  test_errors();
  test_old_version(argv[1], "v1.bmes", 1);
  test_old_version(argv[1], "v3.bmes", 3);

  file_bytes golden = load(argv[1], "v4.bmes");
  CHECK(bmes_open(&f, golden.data, golden.size, true).code == BMES_OK);
  bmes_file copy = f;
  memset(&f, 0xFF, sizeof f);
  check_golden(&copy);
  test_rows_that_are_not_there(&copy);
  free(golden.data);
  golden = load(argv[1], "v3.bmes");
  CHECK(bmes_open(&f, golden.data, golden.size, true).code == BMES_OK);
  test_rows_that_are_not_there(&f);
  free(golden.data);

  test_damage(argv[1]);
  test_writing(argv[1]);
  test_merging(argv[1]);
  printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
