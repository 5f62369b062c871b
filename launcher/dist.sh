# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Makes a distribution of what is built: a Java runtime that has the product in it, for machines without a JDK.

dist_files=$root/launcher/dist

# run_dist [FOLDER]: makes FOLDER/kvmpl-VERSION-linux-x86_64.tar.gz, by default in target; prints its path.
run_dist() {
  local folder=${1:-$root/target} version name
  [[ $folder != -* && $# -le 1 ]] || die 2 "usage: kvmpl dist [FOLDER]"
  [[ -d $folder && -w $folder ]] || die 2 "kvmpl dist: $folder is no folder that can be written to"
  folder=$(readlink -f -- "$folder")
  need jdk
  build product
  [[ -x $jdk/bin/jlink ]] || die 3 "a distribution takes a JDK with jlink, which $jdk has not"
  version=$(cd "$root/vmm/cli/target/modules" && echo kvmpl-cli-*.jar)
  version=${version#kvmpl-cli-} version=${version%.jar}
  name=kvmpl-$version-linux-x86_64
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  say "linking a Java runtime ..."
  make_dist "$scratch/$name" || die 1 "no distribution: see above"
  tar --owner=0 --group=0 --numeric-owner --sort=name -C "$scratch" -czf "$scratch/$name.tar.gz" "$name"
  mv "$scratch/$name.tar.gz" "$folder" || die 1 "no distribution in $folder"
  echo "$folder/$name.tar.gz"
}

# make_dist HOME: what is unpacked.
make_dist() {
  local home=$1 runtime=$1/lib/runtime modules=$root/vmm/cli/target/modules
  mkdir -p "$home/bin" "$home/lib" "$home/examples" "$home/legal" || return
  "$jdk/bin/jlink" --module-path "$modules" --add-modules dev.kvmpl.cli,org.slf4j.simple --strip-java-debug-attributes \
    --no-header-files --no-man-pages --compress zip-6 --output "$runtime" >&2 || return
  cp "$dist_files/kvmpl" "$home/bin" &&
    cp "$dist_files/README.md" "$dist_files/THIRD-PARTY.md" "$root/LICENSE" "$home" &&
    cp "$root"/docs/examples/*.yaml "$home/examples" || return
  dist_options >"$home/lib/options"
  dist_notices "$modules" "$home/legal" || return
  # For a runtime of the same size and time, wherever it is.
  make_cache "$runtime" "$home/lib/kvmpl.aot" "$home/examples" "@$home/lib/options"
  [[ -s $home/lib/kvmpl.aot ]] || say "no cache of classes: a start will take longer"
}

# The launcher's options, in the form of a file of arguments for java.
dist_options() { printf '"%s"\n' "${java_flags[@]}" --enable-native-access=dev.kvmpl.bindings; }

# dist_notices MODULES FOLDER: the licenses and notices that libraries carry, a folder each.
dist_notices() {
  local jar name file
  mkdir "$2/unpacked"
  for jar in "$1"/*.jar; do
    name=${jar##*/} name=${name%-[0-9]*.jar}
    rm -rf "$2/unpacked" && mkdir "$2/unpacked" && (cd "$2/unpacked" && "$jdk/bin/jar" -xf "$jar") || return
    if [[ $name == kvmpl-* ]]; then
      [[ ! -e $2/unpacked/dev/kvmpl/report/page/d3 ]] || { mkdir "$2/d3" && cp "$2/unpacked/dev/kvmpl/report/page/d3/LICENSE" "$2/d3"; }
      continue
    fi
    for file in "$2"/unpacked/META-INF/*{LICENSE,NOTICE}*; do
      [[ ! -f $file ]] || { mkdir -p "$2/$name" && cp "$file" "$2/$name"; }
    done
  done
  rm -rf "$2/unpacked"
}
