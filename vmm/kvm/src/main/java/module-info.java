/**
 * KVM from Java, and nothing else: virtual machines, vCPUs, their exits and registers, guest
 * memory. {@code kvm} has the handles; it imports {@code exit}, {@code sync}, {@code state}, {@code
 * cpu}, {@code debug}, {@code irq}, {@code io}, {@code host} and {@code memory}; these import
 * {@code fd}, which imports the bindings alone.
 */
module dev.kvmpl.kvm {
  requires transitive dev.kvmpl.bindings;
  requires static org.jspecify;

  exports dev.kvmpl.kvm;
  exports dev.kvmpl.kvm.cpu;
  exports dev.kvmpl.kvm.debug;
  exports dev.kvmpl.kvm.exit;
  exports dev.kvmpl.kvm.fd;
  exports dev.kvmpl.kvm.host;
  exports dev.kvmpl.kvm.io;
  exports dev.kvmpl.kvm.irq;
  exports dev.kvmpl.kvm.state;
  exports dev.kvmpl.kvm.sync;
  exports dev.kvmpl.memory;
}
