// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A headless Chromium with one page, driven by its DevTools protocol. What the page says on its
 * console, and what it throws, is kept.
 */
final class Browser implements AutoCloseable {
  private static final long SECONDS = 120;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final List<String> complaints = new ArrayList<>();
  private final String session;
  private int sent;

  /** Opens a page in a window of that size. */
  Browser(Path page, int width, int height) throws IOException, InterruptedException {
    folder = Files.createTempDirectory("browser");
    process =
        new ProcessBuilder(
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--force-device-scale-factor=1",
                "--window-size=" + width + "," + height,
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    socket = http.newWebSocketBuilder().buildAsync(address(), new Listener()).join();
    String target =
        send("Target.createTarget", JSON.createObjectNode().put("url", "about:blank"))
            .get("targetId")
            .asText();
    session =
        send(
                "Target.attachToTarget",
                JSON.createObjectNode().put("targetId", target).put("flatten", true))
            .get("sessionId")
            .asText();
    send("Runtime.enable", JSON.createObjectNode());
    send("Log.enable", JSON.createObjectNode());
    send("Page.enable", JSON.createObjectNode());
    send("Page.navigate", JSON.createObjectNode().put("url", page.toUri().toString()));
    await("document.readyState === 'complete'");
  }

  private URI address() throws IOException {
    BufferedReader err = process.errorReader();
    for (String line; (line = err.readLine()) != null; ) {
      if (line.startsWith("DevTools listening on ")) {
        Thread.ofVirtual().start(() -> drain(err)); // a full pipe would stop the browser
        return URI.create(line.substring("DevTools listening on ".length()).strip());
      }
    }
    throw new IOException("chromium has not started");
  }

  private static void drain(BufferedReader reader) {
    try (reader) {
      while (reader.readLine() != null) {
        // nobody needs it
      }
    } catch (IOException e) {
      // the browser has ended
    }
  }

  /** Messages come in parts. */
  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        try {
          messages.add(JSON.readTree(text.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  @SuppressWarnings("NullAway") // before there is a session, there is none to name
  private JsonNode send(String method, ObjectNode parameters)
      throws IOException, InterruptedException {
    int id = ++sent;
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    if (session != null) {
      message.put("sessionId", session);
    }
    message.set("params", parameters);
    socket.sendText(JSON.writeValueAsString(message), true).join();
    while (true) {
      JsonNode answer = messages.poll(SECONDS, TimeUnit.SECONDS);
      if (answer == null) {
        throw new IOException("no answer to " + method);
      }
      if (answer.path("id").asInt() == id) {
        if (answer.has("error")) {
          throw new IOException(method + ": " + answer.get("error"));
        }
        return answer.get("result");
      }
      note(answer);
    }
  }

  private void note(JsonNode event) {
    switch (event.path("method").asText()) {
      case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded" ->
          complaints.add(event.get("params").toString());
      default -> {}
    }
  }

  /** What an expression is, in the page; a promise's is waited for. */
  JsonNode evaluate(String expression) throws IOException, InterruptedException {
    JsonNode answer =
        send(
            "Runtime.evaluate",
            JSON.createObjectNode()
                .put("expression", expression)
                .put("awaitPromise", true)
                .put("returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new IOException(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.get("result").path("value");
  }

  /** The text of an element. */
  String text(String selector) throws IOException, InterruptedException {
    return evaluate("document.querySelector('" + selector + "').innerText").asText();
  }

  /** Waits until that is so in the page. */
  void await(String condition) throws IOException, InterruptedException {
    evaluate(
        "new Promise(done => { const look = () => (%s) ? done(true) : setTimeout(look, 10); look(); })"
            .formatted(condition));
  }

  /** Waits until what has changed is drawn. */
  void drawn() throws IOException, InterruptedException {
    evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
  }

  /** Presses and releases a key, by its name in the DOM, and waits for what comes of it. */
  void press(String key) throws IOException, InterruptedException {
    String text = key.length() == 1 ? key : "";
    send(
        "Input.dispatchKeyEvent",
        JSON.createObjectNode().put("type", "keyDown").put("key", key).put("text", text));
    send("Input.dispatchKeyEvent", JSON.createObjectNode().put("type", "keyUp").put("key", key));
    drawn();
  }

  /** Has the page see {@code light} or {@code dark} as what the user prefers. */
  void prefer(String scheme) throws IOException, InterruptedException {
    ObjectNode media = JSON.createObjectNode();
    media.putArray("features").addObject().put("name", "prefers-color-scheme").put("value", scheme);
    send("Emulation.setEmulatedMedia", media);
    drawn();
  }

  /** A picture of the page, as a PNG. */
  byte[] screenshot() throws IOException, InterruptedException {
    return Base64.getDecoder()
        .decode(send("Page.captureScreenshot", JSON.createObjectNode()).get("data").asText());
  }

  /** What the page has said on its console, and thrown. */
  List<String> complaints() throws IOException, InterruptedException {
    drawn();
    return List.copyOf(complaints);
  }

  @Override
  public void close() throws IOException {
    socket.sendText("{\"id\":0,\"method\":\"Browser.close\"}", true).join();
    process.onExit().orTimeout(SECONDS, TimeUnit.SECONDS).join();
    http.shutdownNow();
    while (!deleted()) {
      LockSupport.parkNanos(10_000_000); // its own processes end a little later
    }
  }

  private boolean deleted() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
      return true;
    } catch (DirectoryNotEmptyException | UncheckedIOException e) {
      return false;
    }
  }
}
