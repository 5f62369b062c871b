/**
 * A virtual machine whose levels have permissions of their own on the same memory. Packages from
 * the top down, each importing only those after it: {@code machine}, {@code launch}, {@code exits},
 * {@code attempts}, {@code stores}, {@code drivers}, {@code processors}, {@code enforcement},
 * {@code observe}, {@code spec}, {@code protocol}, {@code vmpl}; {@code decode}, {@code elf} and
 * {@code trace} import none of them.
 */
@SuppressWarnings("module") // what is exported to another is not there yet when this is compiled
module dev.kvmpl.machine {
  requires transitive dev.kvmpl.kvm;
  requires jdk.jfr;
  requires static org.jspecify;
  requires org.slf4j;

  exports dev.kvmpl.decode;
  exports dev.kvmpl.elf;
  exports dev.kvmpl.enforcement;
  exports dev.kvmpl.machine;
  exports dev.kvmpl.observe;
  exports dev.kvmpl.protocol;
  exports dev.kvmpl.protocol.tables;
  exports dev.kvmpl.protocol.stores;
  exports dev.kvmpl.spec;
  exports dev.kvmpl.trace;
  exports dev.kvmpl.vmpl;

  // What another guest kernel's machine is made of.
  exports dev.kvmpl.attempts to
      dev.kvmpl.linux;
  exports dev.kvmpl.drivers to
      dev.kvmpl.linux;
  exports dev.kvmpl.exits to
      dev.kvmpl.linux;
  exports dev.kvmpl.launch to
      dev.kvmpl.linux;
  exports dev.kvmpl.processors to
      dev.kvmpl.linux;
  exports dev.kvmpl.stores to
      dev.kvmpl.linux;
}
