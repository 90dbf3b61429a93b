/* A host of the C interface: the same as host.cpp, for files of any version. */
#include <bmes.h>
#include <stdio.h>

static void print(const char *before, bmes_text text, const char *after) { printf("%s%.*s%s", before, (int)text.size, text.data, after); }

static int refuse(bmes_error e) {
  printf("%s at %llu in", bmes_error_name(e.code), (unsigned long long)e.offset);
  print(" ", e.field, "\n");
  return 1;
}

static int list(const void *data, size_t size) {
  bmes_file file;
  const bmes_error e = bmes_open(&file, data, size, true);
  if (e.code != BMES_OK) return refuse(e);

  printf("%u modules\n", (unsigned)bmes_module_count(&file));
  for (uint32_t i = 0; i < bmes_module_count(&file); ++i) {
    bmes_module module = bmes_module_at(&file, i);
    bmes_request request;
    print("", module.url, i == bmes_entry(&file) ? " (entry)\n" : "\n");
    while (bmes_next_request(&file, &module.requests, &request)) {
      const bmes_text nowhere = {"?", 1};
      print("  ", request.specifier, " -> ");
      print("", request.resolved == BMES_NONE ? nowhere : bmes_module_at(&file, request.resolved).url, "\n");
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  static char room[1 << 20];
  if (argc != 2) return fprintf(stderr, "usage: host_c FILE\n"), 2;
  FILE *in = fopen(argv[1], "rb");
  const size_t size = in ? fread(room, 1, sizeof room, in) : 0;
  if (in) fclose(in);
  return list(room, size);
}
