// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The messages with which sources end a command: what is said where a scenario, a payload, an
 * option or a host is not what it has to be. Read from the sources' syntax; what is filled in later
 * is an ellipsis.
 */
final class SourceMessages {
  /** Exceptions whose text people read, with the exit status that comes with them. */
  private static final Map<String, String> EXCEPTIONS =
      Map.of(
          "ParameterException", "2",
          "ScenarioException", "2",
          "MalformedException", "2",
          "InvalidSpecException", "2",
          "ImpossibleException", "2",
          "TooSmallException", "2",
          "PayloadsTooLargeException", "2",
          "LimitException", "2",
          "UnusableHostException", "3",
          "GuestToolException", "3");

  /** Methods that make such exceptions. */
  private static final Map<String, String> METHODS =
      Map.of("wrong", "2", "complain", "2", "complaint", "2", "value", "2", "malformed", "2");

  /** By their texts, their statuses. */
  private final Map<String, String> found = new TreeMap<>();

  private SourceMessages() {}

  /** The messages of these sources, each with its status. */
  static Map<String, String> of(Collection<Path> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    SourceMessages messages = new SourceMessages();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, _ -> {}, null, null, files.getJavaFileObjectsFromPaths(sources));
      for (CompilationUnitTree unit : task.parse()) {
        messages.new Scanner().scan(unit, null);
      }
    }
    return messages.found;
  }

  private final class Scanner extends TreeScanner<@Nullable Void, @Nullable Void> {
    @Override
    public @Nullable Void visitNewClass(NewClassTree made, @Nullable Void nothing) {
      add(EXCEPTIONS.get(name(made.getIdentifier())), made.getArguments());
      return super.visitNewClass(made, null);
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void nothing) {
      add(METHODS.get(name(call.getMethodSelect())), call.getArguments());
      return super.visitMethodInvocation(call, null);
    }
  }

  /** The first of the arguments that has words of its own. */
  private void add(@Nullable String status, List<? extends ExpressionTree> arguments) {
    if (status == null) {
      return;
    }
    for (ExpressionTree argument : arguments) {
      for (String text : texts(argument)) {
        String message = text.replaceAll("(%[-#0-9.]*[a-z]|%n)", "…").replaceAll("…+", "…").strip();
        if (message.matches("(?s).*[a-z]{3}.*")) {
          found.merge(
              message, status, (one, other) -> one.equals(other) ? one : one + ", " + other);
        }
      }
    }
  }

  /** What an expression can be. */
  private static Collection<String> texts(ExpressionTree expression) {
    return switch (expression) {
      case LiteralTree literal when literal.getValue() instanceof String text -> List.of(text);
      case ParenthesizedTree inside -> texts(inside.getExpression());
      case ConditionalExpressionTree either -> {
        TreeSet<String> both = new TreeSet<>(texts(either.getTrueExpression()));
        both.addAll(texts(either.getFalseExpression()));
        yield both;
      }
      case BinaryTree sum when sum.getKind() == Tree.Kind.PLUS -> {
        TreeSet<String> sums = new TreeSet<>();
        for (String left : texts(sum.getLeftOperand())) {
          for (String right : texts(sum.getRightOperand())) {
            sums.add(left + right);
          }
        }
        yield sums;
      }
      case MethodInvocationTree call when name(call.getMethodSelect()).equals("format") ->
          texts(call.getArguments().get(call.getArguments().size() > 1 ? 1 : 0));
      case MethodInvocationTree call when name(call.getMethodSelect()).equals("formatted") ->
          texts(((MemberSelectTree) call.getMethodSelect()).getExpression());
      default -> List.of("…");
    };
  }

  private static String name(Tree tree) {
    return switch (tree) {
      case IdentifierTree identifier -> identifier.getName().toString();
      case MemberSelectTree select -> select.getIdentifier().toString();
      default -> "";
    };
  }
}
