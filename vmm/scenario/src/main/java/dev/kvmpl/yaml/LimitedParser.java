// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.yaml;

import java.util.Locale;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.Parser;

/**
 * A parser that gives up before what it has read fills the heap or the stack: a value takes a
 * hundred times the memory that it takes in the file.
 */
final class LimitedParser implements Parser {
  /** Keys, values, lists and mappings of a file. */
  static final int VALUES_MAX = 100_000;

  /** Lists and mappings inside each other. */
  static final int DEPTH_MAX = 16;

  private final Parser parser;
  private int values;
  private int depth;

  LimitedParser(Parser parser) {
    this.parser = parser;
  }

  /** There is more than is allowed. */
  static final class LimitException extends YamlEngineException {
    private static final long serialVersionUID = 1L;
    private final int line;

    LimitException(int line, String message) {
      super(message);
      this.line = line;
    }

    /** Where, from 1 on. */
    int line() {
      return line;
    }
  }

  @Override
  public boolean hasNext() {
    return parser.hasNext();
  }

  @Override
  public boolean checkEvent(Event.ID choice) {
    return parser.checkEvent(choice);
  }

  @Override
  public Event peekEvent() {
    return parser.peekEvent();
  }

  @Override
  public Event next() {
    Event event = parser.next();
    switch (event.getEventId()) {
      case SequenceStart, MappingStart -> {
        count(event, ++values, "values", VALUES_MAX);
        count(event, ++depth, "lists and mappings inside each other", DEPTH_MAX);
      }
      case Scalar, Alias -> count(event, ++values, "values", VALUES_MAX);
      case SequenceEnd, MappingEnd -> depth--;
      case StreamStart, StreamEnd, DocumentStart, DocumentEnd, Comment -> {}
    }
    return event;
  }

  private static void count(Event event, int count, String what, int most) {
    if (count > most) {
      int line = event.getStartMark().map(Mark::getLine).orElse(0) + 1;
      throw new LimitException(
          line, String.format(Locale.ROOT, "more than %d %s, allowed are %d", most, what, most));
    }
  }
}
