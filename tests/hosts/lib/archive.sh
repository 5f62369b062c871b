# The archive of loaded classes: a training run outside, with the very runtime and jars that go inside. A JVM that finds
# the archive does not parse, verify and link those classes again, which is most of its start on an emulated CPU.
# Sourced, never run.
# shellcheck shell=bash

# JVM options that the training and the run inside must share for the archive to be accepted.
JVM_OPTIONS=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -XX:+UnlockDiagnosticVMOptions
  -XX:ArchiveRelocationMode=0)

# What runs tests: it prints a line for each class, and leaves reports and their counts.
TEST_RUN=dev.kvmpl.tests.runner.TestRun

# The jars of JUnit itself, which hold no tests.
JUNIT_JARS='^(junit-|opentest4j-|apiguardian-|jspecify-|open-test-reporting-|warmup[.]jar$)'

# archive_paths PLACE LISTFILE: the class path with every jar of the list in PLACE/classpath.
archive_paths() { sed "s,^,$1/classpath/," "$2" | paste -sd:; }

# archive_test_roots PLACE LISTFILE: the jars in which tests can be.
archive_test_roots() { grep -vE "$JUNIT_JARS" "$2" | sed "s,^,$1/classpath/," | paste -sd: || true; }

# archive_warmup ROOT JAVA_HOME: compiles the training program into the class path. Prints "test" if JUnit is there.
archive_warmup() {
  local root=$1 home=$2 classes=$1/warmup sources=("$HERE/warmup/Warmup.java") mode=plain
  if compgen -G "$root/opt/kvmpl/classpath/junit-jupiter-params-*.jar" >/dev/null; then
    sources+=("$HERE/warmup/WarmupTest.java")
    mode='test'
  fi
  "$home/bin/javac" -nowarn -proc:none -cp "$root/opt/kvmpl/classpath/*" -d "$classes" "${sources[@]}" >&2 || return
  "$home/bin/jar" --create --no-compress --no-manifest --date 2020-01-01T00:00:00Z \
    --file "$root/opt/kvmpl/classpath/warmup.jar" -C "$classes" . || return
  rm -rf "$classes"
  echo "$mode"
}

# archive_build PLACE RUNTIME LISTFILE MODE LOG: makes PLACE/app.aot; a failure costs time inside, no more.
archive_build() {
  local place=$1 runtime=$2 list=$3 mode=$4 log=$5
  "$runtime/java/bin/java" "-XX:AOTCacheOutput=$place/app.aot" "${JVM_OPTIONS[@]}" \
    --module-path "$place/modules" --add-modules ALL-MODULE-PATH --enable-native-access=dev.kvmpl.bindings \
    -cp "$(archive_paths "$place" "$list")" Warmup "$mode" $TEST_RUN "$(archive_test_roots "$place" "$list")" >"$log" 2>&1 || true
  [[ -s $place/app.aot ]] || {
    say "no class archive ($(tail -n 1 "$log")); the JVM inside starts without it"
    return 1
  }
}
