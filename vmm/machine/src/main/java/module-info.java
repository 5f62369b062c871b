/** A virtual machine whose levels have permissions of their own on the same memory. */
module dev.kvmpl.machine {
  requires transitive dev.kvmpl.kvm;
  requires static org.jspecify;
  requires org.slf4j;

  exports dev.kvmpl.decode;
  exports dev.kvmpl.machine;
  exports dev.kvmpl.protocol;
  exports dev.kvmpl.trace;
  exports dev.kvmpl.vmpl;
}
