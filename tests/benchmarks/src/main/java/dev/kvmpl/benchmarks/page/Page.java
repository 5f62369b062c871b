// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kvmpl.benchmarks.guest.Resources;
import dev.kvmpl.benchmarks.result.Entry;
import dev.kvmpl.benchmarks.result.Results;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Results as one page that needs nothing else: {@code page.html} with all that it shows in it. */
public final class Page {
  private static final String LIBRARY =
      "/META-INF/resources/webjars/echarts/5.3.1/dist/echarts.min.js";
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final double NS_A_US = 1e3;

  /** One in so many operations takes at least as long as the points of a tail say. */
  private static final double[] ONE_IN = {
    1, 1.25, 1.5, 2, 3, 4, 6, 10, 15, 25, 40, 60, 100, 150, 250, 400, 600, 1000, 2000, 4000, 10000
  };

  private Page() {}

  /**
   * The page.
   *
   * @param all the results that it is about, then those that are shown beside them
   */
  public static String of(List<Results> all) {
    return text("page.html")
        .replace("/*DATA*/", json(all))
        .replace("/*CHARTS*/", text("charts.js"))
        .replace("/*ECHARTS*/", new String(Resources.absolute(LIBRARY), StandardCharsets.UTF_8));
  }

  private static String text(String name) {
    return new String(Resources.bytes(name), StandardCharsets.UTF_8);
  }

  private static String json(List<Results> all) {
    ArrayNode runs = MAPPER.createArrayNode();
    for (Results results : all) {
      ObjectNode run = runs.addObject();
      run.put("title", title(results.host()));
      ObjectNode host = run.putObject("host");
      results.host().forEach(host::put);
      ObjectNode notHere = run.putObject("notHere");
      results.notHere().forEach(notHere::put);
      ArrayNode entries = run.putArray("results");
      results.entries().forEach(entry -> entries.add(of(entry)));
    }
    try {
      // Nothing in there can end the element that it is in.
      return MAPPER.writeValueAsString(runs).replace("<", "\\u003c");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write results", e);
    }
  }

  private static String title(Map<String, String> host) {
    return host.getOrDefault("backend", "unknown")
        + ", Linux "
        + host.getOrDefault("kernel", "unknown")
        + ", "
        + host.getOrDefault("time", "");
  }

  private static ObjectNode of(Entry entry) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("name", entry.name());
    ObjectNode parameters = json.putObject("parameters");
    entry.parameters().forEach(parameters::put);
    json.put("median", entry.medianNs() / NS_A_US);
    json.put("p1", Math.max(1, entry.ns(1)) / NS_A_US);
    json.put("p99", entry.ns(99) / NS_A_US);
    json.put("p999", entry.ns(99.9) / NS_A_US);
    if (entry.allocated().isPresent()) {
      json.put("allocated", entry.allocated().getAsDouble());
    } else {
      json.putNull("allocated");
    }
    ObjectNode parts = json.putObject("parts");
    if (entry.parts().size() > 1) { // one alone is no part but something beside it
      entry.parts().forEach(parts::put);
    }
    ObjectNode ratios = json.putObject("ratios");
    entry.ratios().forEach((program, each) -> each.forEach(ratios.withArray(program)::add));
    ArrayNode tail = json.putArray("tail");
    for (double oneIn : ONE_IN) {
      if (oneIn <= Math.max(2, entry.histogram().getTotalCount())) {
        tail.addArray().add(oneIn).add(Math.max(1, entry.ns(100 - 100 / oneIn)) / NS_A_US);
      }
    }
    return json;
  }
}
