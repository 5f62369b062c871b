/** The payloads that come with kvmpl, as resources. */
module dev.kvmpl.payloads {
  requires static org.jspecify;

  exports dev.kvmpl.payloads;
}
