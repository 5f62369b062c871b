# The Java runtime that goes into the host, and the application part beside it. Sourced, never run.
# shellcheck shell=bash

# What JUnit's console launcher, its reports and its search in jars (jdk.zipfs) need; modules that the product or its tests need come on top.
RUNTIME_MODULES=java.base,java.logging,java.management,java.xml,jdk.management,jdk.unsupported,jdk.zipfs

# runtime_modules JAVA_HOME MODULES CLASSPATH: the JDK modules to link, sorted, with commas.
runtime_modules() {
  local home=$1 modules=$2 classpath=$3 item
  {
    tr , '\n' <<<"$RUNTIME_MODULES"
    for item in "$modules"/*.jar "$classpath"/*; do
      [[ -e $item ]] || continue
      case ${item##*/} in
        junit-* | opentest4j-* | apiguardian-* | jspecify-* | open-test-reporting-*) continue ;;
      esac
      "$home/bin/jdeps" -s --ignore-missing-deps --multi-release base --module-path "$modules:$classpath" \
        --class-path "$classpath/*" "$item" 2>/dev/null | sed -nE 's/.*-> ((java|jdk)\.[a-z0-9.]+)$/\1/p' || true
    done
  } | sort -u | paste -sd,
}

# runtime_build FOLDER JAVA_HOME MODULES: FOLDER/java is the linked runtime, FOLDER/lib the C library it runs on.
runtime_build() {
  local folder=$1 home=$2 modules=$3 file
  say "linking the Java runtime: $modules"
  "$home/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages \
    --compress "${RUNTIME_COMPRESS:-zip-0}" --vm server --output "$folder/java" || return
  rm -rf "$folder/java/legal"
  strip --strip-unneeded "$folder/java/lib/server/libjvm.so" || return
  mkdir -p "$folder/lib"
  while IFS= read -r file; do
    cp -L "$file" "$folder/lib/"
  done < <(find "$folder/java/bin/java" "$folder/java/lib" -type f \( -name java -o -name '*.so' \) \
    -exec ldd {} + 2>/dev/null | sed -nE 's,.*(=>)?[[:space:]](/[^ ]*/(ld-linux|lib(c|m|dl|pthread|rt|z|gcc_s|stdc[+][+])[.])[^ ]*) [(].*,\2,p' | sort -u)
  # The product may dlopen these by name.
  for file in libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1; do
    [[ -e $folder/lib/$file ]] || cp -L "/lib/x86_64-linux-gnu/$file" "$folder/lib/" 2>/dev/null || true
  done
  [[ -e $folder/lib/libc.so.6 ]] || { say "cannot find the C library that $home runs on"; return 1; }
}

# runtime_part JAVA_HOME MODULES CLASSPATH: prints the cache folder with the runtime. The list of modules is cached
# by the jars (jdeps takes seconds), the runtime by the JDK and the list.
runtime_part() {
  local home=$1 modules=$2 classpath=$3 app list
  app=$(key "$modules" "$classpath" "$HERE/lib/runtime.sh" "$home/release")
  list=$(cached modules "$app" runtime_list "$home" "$modules" "$classpath") || return
  cached runtime "$(key "$home/release" "$home/lib/modules" "$HERE/lib/runtime.sh" "word:$(cat "$list/modules") ${RUNTIME_COMPRESS:-zip-0}")" \
    runtime_build "$home" "$(cat "$list/modules")"
}

runtime_list() { runtime_modules "$2" "$3" "$4" >"$1/modules"; }
