/**
 * An unmodified Linux kernel at VMPL1 of a machine. Packages from the top down, each importing only
 * those after it: {@code linux}, {@code exits}, {@code launch}, {@code attempts}, {@code agent},
 * {@code protection}, {@code spec}, {@code observe}, {@code policy}, {@code writers}, {@code boot},
 * {@code devices}.
 */
module dev.kvmpl.linux {
  requires transitive dev.kvmpl.machine;
  requires static org.jspecify;

  exports dev.kvmpl.linux;
  exports dev.kvmpl.linux.boot;
  exports dev.kvmpl.linux.devices;
  exports dev.kvmpl.linux.observe;
  exports dev.kvmpl.linux.policy;
  exports dev.kvmpl.linux.spec;
  exports dev.kvmpl.linux.writers;
}
