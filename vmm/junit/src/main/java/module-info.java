/** JUnit tests with machines in them: run, judged, and shown when they fail. */
module dev.kvmpl.junit {
  requires transitive dev.kvmpl.scenario;
  requires transitive org.junit.jupiter.api;
  requires static org.jspecify;

  exports dev.kvmpl.junit;
}
