# The initial RAM disks: base (kernel modules, runtime, init), application (jars), run (nonce, command, files).
# Linux unpacks archives that follow one another, so each is cached by itself. Sourced, never run.
# shellcheck shell=bash

# image_pack ROOT ARCHIVE: the tree ROOT as an uncompressed newc archive with fixed owners, order and numbers.
image_pack() {
  (cd "$1" && find . -mindepth 1 -print0 | sort -z | cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >"$2"
}

# image_base FOLDER HERE KERNEL RUNTIME: everything that does not change with the product.
image_base() {
  local folder=$1 here=$2 kernel=$3 runtime=$4 root=$1/root loader
  mkdir -p "$root"/{bin,dev,proc,sys,tmp,work,opt,etc,lib64,lib/x86_64-linux-gnu,lib/modules,run/kvmpl}
  cp "$(image_busybox)" "$root/bin/busybox"
  cp "$here/guest/init" "$root/init"
  chmod 755 "$root/init" "$root/bin/busybox"
  chmod 1777 "$root/tmp"
  cp "$kernel"/*.ko "$root/lib/modules/"
  cp -a "$runtime/java" "$root/opt/java"
  cp "$runtime"/lib/* "$root/lib/x86_64-linux-gnu/"
  for loader in "$root"/lib/x86_64-linux-gnu/ld-linux-*; do mv "$loader" "$root/lib64/"; done
  chmod 755 "$root"/lib64/* "$root"/lib/x86_64-linux-gnu/*
  echo 'root:x:0:0:root:/work:/bin/sh' >"$root/etc/passwd"
  echo '127.0.0.1 localhost' >"$root/etc/hosts"
  ln -s busybox "$root/bin/sh"
  image_pack "$root" "$folder/base.cpio"
  rm -rf "$root"
}

# image_busybox: the static busybox.
image_busybox() {
  local file
  for file in /bin/busybox /usr/bin/busybox; do
    if [[ -x $file ]] && ! ldd "$file" >/dev/null 2>&1; then echo "$file"; return; fi
  done
  say "no static busybox (package busybox-static)"
  return 1
}

# image_base_part HERE KERNEL RUNTIME: prints the archive.
image_base_part() {
  local folder busybox
  busybox=$(image_busybox) || return
  folder=$(cached base "$(key "$1/guest/init" "$1/lib/image.sh" "$busybox" "word:$2 $3")" image_base "$@") || return
  echo "$folder/base.cpio"
}

# image_jars FOLDER JAVA_HOME MODULES CLASSPATH: the jars at their place in the host; folders of classes become jars.
image_jars() {
  local root=$1 home=$2 modules=$3 classpath=$4 item
  mkdir -p "$root"/opt/kvmpl/{modules,classpath}
  find "$modules" -maxdepth 1 -name '*.jar' -exec cp -t "$root/opt/kvmpl/modules" {} +
  for item in "$classpath"/*; do
    case $item in
      *.jar) cp "$item" "$root/opt/kvmpl/classpath/" ;;
      *)
        [[ -d $item ]] || continue
        "$home/bin/jar" --create --no-compress --no-manifest --date 2020-01-01T00:00:00Z \
          --file "$root/opt/kvmpl/classpath/${item##*/}.classes.jar" -C "$item" . ;;
    esac
  done
}

# image_app FOLDER JAVA_HOME MODULES CLASSPATH RUNTIME
image_app() {
  local folder=$1 root=$1/root home=$2 runtime=$5 mode place=$1/root/opt/kvmpl
  image_jars "$root" "$home" "$3" "$4" || return
  mode=$(archive_warmup "$root" "$home") || return
  # The archive is tied to sizes and times of the jars, so these must not change from here on.
  find "$root" -exec touch -d @1577836800 {} +
  ls "$root/opt/kvmpl/classpath" >"$folder/classpath"
  say "training the class archive"
  if archive_build "$place" "$runtime" "$folder/classpath" "$mode" "$folder/training.log"; then : >"$folder/aot"; fi
  # An archive is accepted only where its module path is the one of the training run, so that path exists inside too.
  mkdir -p "$root${place%/*}"
  ln -s /opt/kvmpl "$root$place"
  echo "$place" >"$folder/place"
  image_pack "$root" "$folder/app.cpio"
  rm -rf "$root"
}

# image_app_part HERE JAVA_HOME MODULES CLASSPATH RUNTIME: prints the folder with app.cpio.
image_app_part() {
  cached app "$(key "$3" "$4" "$1/lib/image.sh" "$1/lib/archive.sh" "$1/warmup" "word:$5")" image_app "$2" "$3" "$4" "$5"
}

# image_run FOLDER: packs FOLDER/root (made by the caller) as the archive of this one run.
image_run() { image_pack "$1/root" "$1/run.cpio"; }
