import dev.kvmpl.junit.KvmRun;
import dev.kvmpl.junit.KvmTest;
import dev.kvmpl.trace.Step;

class ScenarioTest {
  @KvmTest(scenario = "scenario.yaml")
  void scenario_isAsExpected(KvmRun run) {
    run.asExpected();
  }

  @KvmTest(scenario = "scenario.yaml")
  void counter_getsThreeCells_andHearsWhyNotMore(KvmRun run) {
    run.completed()
        .steps(Step.ATTEMPT, Step.DESIGNATE, Step.GRANT, Step.COMPLETE)
        .verdict("counter", 0x1002000, "allowed")
@CODEBASE@        .verdict("counter", 0x1003000, "quota")
@NO-CODEBASE@        .verdict("counter", 0x1003000, "restricted")
        .memory(0x1002000, "03 00 00 00")
        .printed("cell 3: refused");
  }
}
