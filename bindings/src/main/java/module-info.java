/** The kernel's and the guests' interfaces. The only module that uses restricted FFM methods. */
module dev.kvmpl.bindings {
  requires static org.jspecify;

  exports dev.kvmpl.bindings;
  exports dev.kvmpl.bindings.abi;
  exports dev.kvmpl.bindings.elf;
  exports dev.kvmpl.bindings.kvm;
  exports dev.kvmpl.bindings.libc;
}
