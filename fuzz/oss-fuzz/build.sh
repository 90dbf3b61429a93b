#!/bin/bash -eu
# OSS-Fuzz's build: compilers, flags, sanitizers and $LIB_FUZZING_ENGINE are its own, and the result goes to $OUT.
cd "$SRC/bmes"
export LIB_FUZZING_ENGINE
rm -rf "$WORK/bmes"
meson setup "$WORK/bmes" --buildtype=plain -Db_lundef=false -Dfuzz=enabled -Djsc=disabled -Dtools=disabled \
  -Dtests=disabled -Dbench=disabled
targets=(open round_trip inspect write convert freshness)
ninja -C "$WORK/bmes" fuzz/dictionary "${targets[@]/#/fuzz/fuzz_}"
"$WORK/bmes/fuzz/dictionary" >"$WORK/bmes.dict"
for target in "${targets[@]}"; do
  cp "$WORK/bmes/fuzz/fuzz_$target" "$OUT/"
  cp "$WORK/bmes.dict" "$OUT/fuzz_$target.dict"
  zip -qj "$OUT/fuzz_${target}_seed_corpus.zip" fuzz/seeds/*
done
