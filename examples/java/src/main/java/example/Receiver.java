package example;

import static example.Main.say;
import static example.Dumbwaiter.REALTIME_URL;
import static example.Dumbwaiter.TIMEOUT;
import static example.Dumbwaiter.newToken;
import static example.Dumbwaiter.pauseMs;
import static example.Dumbwaiter.usableMs;

import io.socket.client.AckWithTimeout;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.json.JSONArray;
import org.json.JSONObject;

/** Keeps one connection open, saves each message, and acknowledges it after that. */
final class Receiver {
  private static final int GATHER_MS = 100; // acknowledges what arrives meanwhile in one call
  private static final int MAX_ACKED_IDS = 500;
  private static final Set<String> NEW_TOKEN_HELPS = Set.of("unauthenticated", "token_expired");

  private final String user;
  private final Inbox inbox;
  /** Runs all that follows a message, an answer or a time, one after the other. */
  private final ScheduledExecutorService turns = Executors.newSingleThreadScheduledExecutor();
  /** In the order of arrival; those of a lost connection are sent again on the next. */
  private final Set<String> unacked = new LinkedHashSet<>();
  private boolean isAcking;
  private volatile int failures;
  private volatile int refusedTokens;

  Receiver(String user) throws IOException {
    this.user = user;
    this.inbox = new Inbox(Path.of(user + ".inbox"));
  }

  /** @return why it cannot go on */
  String run() throws InterruptedException {
    for (;;) {
      JSONObject reason = new JSONObject();
      try {
        reason = stayConnected();
      } catch (IOException noToken) {
        say("not connected: " + noToken.getMessage());
      }
      String code = reason.optString("code");
      boolean newTokenHelps = NEW_TOKEN_HELPS.contains(code);
      if (newTokenHelps) refusedTokens++;
      if (refusedTokens == 3 || !(reason.optBoolean("retryable", true) || newTokenHelps)) return code;
      Thread.sleep(pauseMs(failures++, reason.optLong("afterMs", reason.optLong("retryAfterMs"))));
    }
  }

  /** @return why the connection ended: what the server said, or nothing */
  private JSONObject stayConnected() throws IOException, InterruptedException {
    String token = newToken(user);
    // The library would reconnect with the old token, and whatever the server says.
    IO.Options options = IO.Options.builder().setTransports(new String[] {"websocket"}).setForceNew(true)
        .setReconnection(false).setTimeout(TIMEOUT.toMillis()).setAuth(Map.of("token", token)).build();
    Socket socket = IO.socket(URI.create(REALTIME_URL), options);
    CompletableFuture<JSONObject> ended = new CompletableFuture<>();
    JSONObject said = new JSONObject();
    on(socket, "message", message -> receive((JSONObject) message));
    on(socket, "queue:empty", nothing -> {
      failures = refusedTokens = 0;
      say("live");
    });
    on(socket, "closing", reason -> {
      say("closing " + ((JSONObject) reason).getString("code"));
      copy((JSONObject) reason, said);
    });
    on(socket, Socket.EVENT_CONNECT_ERROR, error -> {
      say("not connected: " + error);
      if (error instanceof JSONObject refusal) copy(refusal.optJSONObject("data", new JSONObject()), said);
      ended.complete(said);
    });
    on(socket, Socket.EVENT_DISCONNECT, how -> ended.complete(said));
    turns.execute(() -> isAcking = false);
    ScheduledFuture<?> acks =
        turns.scheduleWithFixedDelay(() -> sendAcks(socket), GATHER_MS, GATHER_MS, TimeUnit.MILLISECONDS);
    on(socket, Socket.EVENT_CONNECT, nothing -> refreshLater(socket, token, ended));
    socket.connect();
    try {
      return ended.join();
    } finally {
      acks.cancel(false);
      socket.close();
    }
  }

  private void receive(JSONObject message) {
    String id = message.getString("id");
    JSONObject envelope = message.getJSONObject("envelope");
    try {
      if (inbox.save(message)) say("message " + id + " " + envelope.getString("encryptedData"));
      else say("duplicate " + id);
    } catch (IOException full) {
      say("not saved: " + full.getMessage()); // and so not acknowledged: it will come again
      return;
    }
    // Saved: now it may be deleted. An ephemeral one is not queued, so there is nothing to delete.
    if (!envelope.optBoolean("isEphemeral")) unacked.add(id);
  }

  private void sendAcks(Socket socket) {
    if (isAcking || unacked.isEmpty() || !socket.connected()) return;
    isAcking = true;
    List<String> ids = unacked.stream().limit(MAX_ACKED_IDS).toList();
    call(socket, "ack", new JSONObject().put("messageIds", new JSONArray(ids)), answer -> {
      if (answer.optBoolean("ok")) {
        say("acked " + String.join(" ", ids));
        ids.forEach(unacked::remove);
        isAcking = false;
      } else {
        long retryAfterMs = answer.optJSONObject("error", new JSONObject()).optLong("retryAfterMs");
        turns.schedule(() -> isAcking = false, pauseMs(1, retryAfterMs), TimeUnit.MILLISECONDS);
      }
    });
  }

  private void refreshLater(Socket socket, String token, CompletableFuture<?> ended) {
    turns.schedule(() -> refresh(socket, ended), usableMs(token), TimeUnit.MILLISECONDS);
  }

  private void refresh(Socket socket, CompletableFuture<?> ended) {
    if (ended.isDone()) return;
    try {
      String token = newToken(user);
      call(socket, "auth", new JSONObject().put("token", token), answer -> {
        if (answer.optBoolean("ok")) {
          say("refreshed");
          refreshLater(socket, token, ended);
        } else socket.disconnect(); // and connect again with a new one
      });
    } catch (IOException | InterruptedException noToken) {
      turns.schedule(() -> refresh(socket, ended), pauseMs(1, 0), TimeUnit.MILLISECONDS);
    }
  }

  /** @param then gets the answer, or an empty one if none came in time: the outcome is unknown then */
  private void call(Socket socket, String event, JSONObject payload, Consumer<JSONObject> then) {
    socket.emit(event, new Object[] {payload}, new AckWithTimeout(TIMEOUT.toMillis()) {
      @Override
      public void onSuccess(Object... answer) {
        turns.execute(() -> then.accept((JSONObject) answer[0]));
      }

      @Override
      public void onTimeout() {
        turns.execute(() -> then.accept(new JSONObject()));
      }
    });
  }

  private void on(Socket socket, String event, Consumer<Object> listener) {
    socket.on(event, payload -> turns.execute(() -> listener.accept(payload.length == 0 ? null : payload[0])));
  }

  private static void copy(JSONObject from, JSONObject to) {
    for (String name : from.keySet()) to.put(name, from.get(name));
  }
}
