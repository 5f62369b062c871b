// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.bindings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.SequenceLayout;
import java.lang.module.ModuleReader;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Everything that jextract generated, found in the bindings module itself. */
final class GeneratedBindings {
  private static final String MODULE = "dev.kvmpl.bindings";
  private static final String OFFSET_SUFFIX = "$offset";

  private GeneratedBindings() {}

  /**
   * Something that the C side has to agree with.
   *
   * @param probe the line of C, a macro of probe.c, that prints it
   * @param key what the probe prints before the value
   * @param type {@code int} or {@code long}
   */
  record Fact(String probe, String key, long value, Class<?> type) {
    /** The constant, struct or member that it is about. */
    String subject() {
      return key.substring(key.indexOf(' ') + 1);
    }
  }

  /** All of them, in a fixed order. */
  static List<Fact> facts() {
    List<Fact> facts = new ArrayList<>();
    for (Class<?> generated : topLevelClasses()) {
      if (isStruct(generated)) {
        struct(generated, facts);
      } else {
        constants(generated, facts);
      }
    }
    return facts;
  }

  private static List<Class<?>> topLevelClasses() {
    try (ModuleReader reader =
            ModuleLayer.boot().configuration().findModule(MODULE).orElseThrow().reference().open();
        Stream<String> resources = reader.list()) {
      return resources
          .filter(name -> name.matches("dev/kvmpl/bindings/[a-z]+/[A-Za-z0-9_]+\\.class"))
          .sorted()
          .<Class<?>>map(name -> load(name.replace('/', '.').replace(".class", "")))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Method> getters(Class<?> generated) {
    return Arrays.stream(generated.getDeclaredMethods())
        .filter(method -> Modifier.isStatic(method.getModifiers()))
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> method.getParameterCount() == 0)
        .filter(method -> method.getReturnType() == int.class || isLong(method))
        .sorted(Comparator.comparing(Method::getName));
  }

  private static boolean isLong(Method method) {
    return method.getReturnType() == long.class;
  }

  private static boolean isStruct(Class<?> generated) {
    return getters(generated).anyMatch(method -> method.getName().equals("sizeof"));
  }

  private static void constants(Class<?> generated, List<Fact> facts) {
    getters(generated)
        .forEach(
            method ->
                facts.add(
                    new Fact(
                        "CONSTANT(" + method.getName() + ")",
                        "constant " + method.getName(),
                        value(method),
                        method.getReturnType())));
  }

  private static void struct(Class<?> generated, List<Fact> facts) {
    String tag = generated.getSimpleName();
    facts.add(
        new Fact(macro("SIZE", tag) + "(" + tag + ")", "size " + tag, size(generated), long.class));
    members(generated, tag, "", 0, facts);
  }

  /** The tag of a struct is in lower case; what has a capital is a typedef (elf.h). */
  private static String macro(String name, String tag) {
    return Character.isUpperCase(tag.charAt(0)) ? "TYPE_" + name : name;
  }

  /**
   * A nested class is the type of the member that has its name, but for those that hold the handle
   * of an array's elements.
   */
  private static void members(
      Class<?> generated, String tag, String path, long base, List<Fact> facts) {
    getters(generated)
        .filter(method -> method.getName().endsWith(OFFSET_SUFFIX))
        .forEach(
            method -> {
              String name = method.getName();
              String member = path + name.substring(0, name.length() - OFFSET_SUFFIX.length());
              String in = tag + ", " + member;
              facts.add(
                  new Fact(
                      macro("OFFSET", tag) + "(" + in + ")",
                      "offset " + tag + "." + member,
                      base + value(method),
                      long.class));
            });
    for (Class<?> nested : generated.getDeclaredClasses()) {
      String name = nested.getSimpleName();
      if (name.endsWith("$Element")) {
        continue;
      }
      String member = path + (isArray(generated, name) ? name + "[0]" : name);
      facts.add(
          new Fact(
              macro("MEMBER_SIZE", tag) + "(" + tag + ", " + member + ")",
              "size " + tag + "." + member,
              size(nested),
              long.class));
      members(nested, tag, member + ".", base + offsetIn(generated, nested), facts);
    }
  }

  private static boolean isArray(Class<?> outer, String member) {
    try {
      return outer.getDeclaredMethod(member + "$layout").getReturnType() == SequenceLayout.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long offsetIn(Class<?> outer, Class<?> nested) {
    return call(outer, nested.getSimpleName() + OFFSET_SUFFIX);
  }

  private static long size(Class<?> struct) {
    return call(struct, "sizeof");
  }

  private static long call(Class<?> generated, String name) {
    try {
      return value(generated.getDeclaredMethod(name));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long value(Method method) {
    try {
      return ((Number) method.invoke(null)).longValue();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(method.toString(), e);
    }
  }
}
