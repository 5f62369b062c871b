/** The command {@code kvmpl}. */
module dev.kvmpl.cli {
  requires dev.kvmpl.payloads;
  requires dev.kvmpl.scenario;
  requires info.picocli;
  requires static org.jspecify;
}
