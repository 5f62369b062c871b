// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Classes of tests that are compiled into a folder when they are needed: no other run finds them.
 */
final class Samples {
  private Samples() {}

  /** Compiles a class of the package {@code sample}, with JUnit's annotations imported. */
  static void compile(Path folder, String name, String body) throws IOException {
    Path source = folder.resolve(name + ".java");
    Files.writeString(
        source,
        """
        package sample;
        import org.junit.jupiter.api.*;
        public class %s {
        %s
        }
        """
            .formatted(name, body));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    var files = compiler.getStandardFileManager(null, null, null);
    List<String> options =
        List.of(
            "-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
    if (!compiler
        .getTask(null, files, null, options, null, files.getJavaFileObjects(source))
        .call()) {
      throw new IllegalStateException(name + " does not compile");
    }
    Files.delete(source);
  }

  /** Does something while the classes in the folder can be found. */
  static <T> T with(Path folder, Callable<T> action) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {url(folder)}, before)) {
      thread.setContextClassLoader(loader);
      return action.call();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static URL url(Path folder) throws MalformedURLException {
    return folder.toUri().toURL();
  }
}
