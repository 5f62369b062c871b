# The command that the host runs, and the files it needs. Sourced, never run.
# shellcheck shell=bash

# quote WORD: the word for any POSIX shell.
quote() { local q=\'; printf "'%s'" "${1//$q/$q\\$q$q}"; }

# command_write test|exec APP ARGS...: a shell script that becomes the Java program. Uses the caller's arrays
# environment and java_options.
command_write() {
  local mode=$1 app=$2 word java
  shift 2
  for word in ${environment[@]+"${environment[@]}"}; do
    printf 'export %s=%s\n' "${word%%=*}" "$(quote "${word#*=}")"
  done
  mapfile -t java < <(command_java "$app")
  java+=(${java_options[@]+"${java_options[@]}"})
  if [[ $mode == test ]]; then
    mapfile -t -O ${#java[@]} java < <(command_junit "$app" "$@")
  else
    # MODULE/CLASS by its class alone: the loader finds it in its module, and the class archive stays usable, which is
    # bound to the main module of the training run.
    java+=("${1#*/}" "${@:2}")
    printf 'mkdir -p %s && cd %s || exit\n' "$(quote "$PWD")" "$(quote "$PWD")"
  fi
  printf 'exec'
  for word in "${java[@]}"; do printf ' %s' "$(quote "$word")"; done
  echo
}

# command_java APP: the JVM and its options, one a line. The first tier's compiler alone starts fastest on an
# emulated CPU, and one thread of garbage collection is all that one or two CPUs can use.
command_java() {
  local app=$1 place
  place=$(cat "$app/place")
  printf '%s\n' /opt/java/bin/java "${JVM_OPTIONS[@]}" \
    -Xlog:disable -Xlog:all=warning:stderr \
    -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 --module-path "$place/modules" --add-modules ALL-MODULE-PATH \
    --enable-native-access=dev.kvmpl.bindings
  [[ ! -e $app/aot ]] || printf '%s\n' "-XX:AOTCache=$place/app.aot"
  printf '%s\n' -cp "$(archive_paths "$place" "$app/classpath")"
}

# command_junit APP ARGS: the arguments of what runs tests, one a line: the jars that can hold some, where reports go.
command_junit() {
  local app=$1
  shift
  printf '%s\n' "$TEST_RUN" --reports /run/kvmpl/reports \
    --roots "$(archive_test_roots "$(cat "$app/place")" "$app/classpath")" "$@"
}

# command_file ROOT PATH: a file or folder, at the same path inside; for relative ones exec has the working directory
# inside that it has outside.
command_file() {
  local root=$1 path=$2 place through
  [[ -e $path ]] || return 1
  [[ $path == /* ]] || path=$PWD/$path
  place=$root$(realpath -ms -- "$path")
  mkdir -p "${place%/*}"
  cp -rL "$path" "$place"
  # A folder that the path only goes through has to be there too.
  through=$path
  while [[ $through == */..* ]]; do
    through=${through%/..*}
    mkdir -p "$root$(realpath -ms -- "$through")"
  done
}
