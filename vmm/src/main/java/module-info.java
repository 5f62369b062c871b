/**
 * VM privilege levels on any KVM host. Packages, each importing only those after it: {@code cli},
 * {@code report}, {@code claims}, {@code scenario}, {@code machine}, {@code protocol}, {@code
 * vmpl}, {@code memory}, {@code kvm}, and {@code decode} and {@code trace}, which import none of
 * them.
 */
module dev.kvmpl.vmm {
  requires com.fasterxml.jackson.core;
  requires dev.kvmpl.bindings;
  requires dev.kvmpl.payloads;
  requires info.picocli;
  requires org.slf4j;
  requires org.snakeyaml.engine;
  requires static org.jspecify;

  exports dev.kvmpl.claims;
  exports dev.kvmpl.decode;
  exports dev.kvmpl.kvm;
  exports dev.kvmpl.machine;
  exports dev.kvmpl.memory;
  exports dev.kvmpl.protocol;
  exports dev.kvmpl.report;
  exports dev.kvmpl.scenario;
  exports dev.kvmpl.trace;
  exports dev.kvmpl.vmpl;

  opens dev.kvmpl.cli to
      info.picocli;
}
