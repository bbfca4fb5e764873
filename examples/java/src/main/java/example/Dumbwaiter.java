package example;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.json.JSONObject;

/** Where the services are, how to get a token, and how long to wait. */
final class Dumbwaiter {
  static final String API_URL = setting("DUMBWAITER_URL", "http://127.0.0.1:8080");
  static final String REALTIME_URL = setting("DUMBWAITER_REALTIME_URL", API_URL);
  private static final String TOKEN_URL = setting("DUMBWAITER_TOKEN_URL", API_URL + "/dev/token");
  private static final int TOKEN_SECONDS = Integer.parseInt(setting("DUMBWAITER_TOKEN_SECONDS", "3600"));

  static final Duration TIMEOUT = Duration.ofSeconds(10);
  static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /** Ask your own issuer here. */
  static String newToken(String user) throws IOException, InterruptedException {
    JSONObject body = new JSONObject().put("user", user).put("expiresInSeconds", TOKEN_SECONDS);
    HttpResponse<String> response = post(TOKEN_URL, body.toString()).send();
    if (response.statusCode() != 200) throw new IOException("no token: " + response.body());
    return new JSONObject(response.body()).getString("token");
  }

  /** Until a minute, or a fifth of its life, before it expires. Trusts no clock of this machine. */
  static long usableMs(String token) {
    JSONObject claims = new JSONObject(new String(Base64.getUrlDecoder().decode(token.split("\\.")[1])));
    long lifetimeMs = 1000 * (claims.getLong("exp") - claims.getLong("iat"));
    return lifetimeMs - Math.min(60_000, lifetimeMs / 5);
  }

  /** What the server asks for, and a random part on top, so that not all clients come back at once. */
  static long pauseMs(int failures, long retryAfterMs) {
    return retryAfterMs + (long) (ThreadLocalRandom.current().nextDouble() * Math.min(10_000, 500 << Math.min(failures, 5)));
  }

  interface Call {
    HttpResponse<String> send() throws IOException, InterruptedException;
  }

  /** @param headers names and values, in turn */
  static Call post(String url, String body, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT)
        .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) request.headers(headers);
    return () -> HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  private Dumbwaiter() {}
}
