/**
 * KVM from Java, and nothing else: virtual machines, vCPUs, their exits and registers, guest
 * memory.
 */
module dev.kvmpl.kvm {
  requires transitive dev.kvmpl.bindings;
  requires static org.jspecify;

  exports dev.kvmpl.kvm;
  exports dev.kvmpl.memory;
}
