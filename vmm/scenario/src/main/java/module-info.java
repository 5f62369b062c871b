/** Machines described in YAML, the claims that they show, and reports of what happened. */
@SuppressWarnings("module") // the command is built later
module dev.kvmpl.scenario {
  requires com.fasterxml.jackson.core;
  requires transitive dev.kvmpl.linux;
  requires transitive dev.kvmpl.machine;
  requires dev.kvmpl.payloads;
  requires org.snakeyaml.engine;
  requires static org.jspecify;

  exports dev.kvmpl.claims;
  exports dev.kvmpl.core;
  exports dev.kvmpl.gdb;
  exports dev.kvmpl.report;
  exports dev.kvmpl.report.json;
  exports dev.kvmpl.report.page;
  exports dev.kvmpl.report.text;
  exports dev.kvmpl.scenario;
  exports dev.kvmpl.scenario.input to
      dev.kvmpl.cli;
  exports dev.kvmpl.scenario.linux;
  exports dev.kvmpl.schema;
  exports dev.kvmpl.timeline;
}
