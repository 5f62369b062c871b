import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.module.ModuleReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;

/**
 * Training run for the archive of loaded classes. It touches what a run inside will touch, without /dev/kvm: the native
 * linker in the forms that system calls need, the product's classes, JUnit from discovery to XML reports.
 *
 * <p>Arguments: {@code test} when JUnit is there, then the class that runs tests, and the class path roots that hold some.
 */
final class Warmup {
  private Warmup() {}

  public static void main(String[] args) throws Throwable {
    linkSystemCalls();
    loadApplicationModules();
    if (args.length > 0 && args[0].equals("test")) {
      runJUnit(args[1], args.length > 2 ? args[2] : "");
    }
  }

  private static void linkSystemCalls() throws Throwable {
    Linker linker = Linker.nativeLinker();
    Linker.Option errno = Linker.Option.captureCallState("errno");
    FunctionDescriptor ioctl =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
    MemorySegment address = linker.defaultLookup().find("ioctl").orElseThrow();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      // A file descriptor that cannot exist: the call fails, which is all that is wanted.
      int unused =
          (int)
              linker
                  .downcallHandle(address, ioctl, Linker.Option.firstVariadicArg(2), errno)
                  .invokeExact(state, -1, 0L, MemorySegment.NULL);
      MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("x"))
          .varHandle(MemoryLayout.PathElement.groupElement("x"))
          .set(arena.allocate(8), 0L, (long) unused);
    }
  }

  private static void loadApplicationModules() throws Exception {
    for (var module : ModuleLayer.boot().configuration().modules()) {
      var location = module.reference().location().orElse(null);
      if (location == null || !location.getScheme().equals("file")) {
        continue;
      }
      try (ModuleReader reader = module.reference().open();
          var names = reader.list()) {
        names
            .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
            .filter(name -> !name.startsWith("META-INF/"))
            .forEach(name -> load(name.substring(0, name.length() - 6).replace('/', '.')));
      }
    }
  }

  private static void load(String name) {
    try {
      Class.forName(name, false, ClassLoader.getSystemClassLoader());
    } catch (ReflectiveOperationException | LinkageError e) {
      // A class with optional dependencies stays out of the archive.
      System.err.println("not archived: " + name + ": " + e);
    }
  }

  /** Finds the tests of all roots and runs those of this program alone. */
  private static void runJUnit(String runner, String roots) throws Exception {
    Path reports = Files.createTempDirectory("warmup");
    var sink = new PrintStream(OutputStream.nullOutputStream());
    String mine = Warmup.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    String all = roots.isEmpty() ? mine : roots + File.pathSeparator + mine;
    Class.forName(runner)
        .getMethod("run", PrintStream.class, Optional.class, String[].class)
        .invoke(
            null,
            sink,
            Optional.empty(),
            new String[] {"--reports", reports.toString(), "--roots", all, "--tests", "WarmupTest"});
    try (var files = Files.walk(reports)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
