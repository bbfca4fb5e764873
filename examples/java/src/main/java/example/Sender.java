package example;

import static example.Dumbwaiter.API_URL;
import static example.Dumbwaiter.newToken;
import static example.Dumbwaiter.pauseMs;

import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.json.JSONObject;

/** Sends messages over HTTP. */
final class Sender {
  private static final int ATTEMPTS = 8;
  private static final Set<Integer> RETRYABLE_STATUSES = Set.of(429, 500, 502, 503, 504);

  /**
   * @return the message's ID once it is durable
   * @throws IOException if it was refused, or if it may not have been sent
   */
  static String send(String sender, String recipient, String text) throws IOException, InterruptedException {
    // Seal the text for the recipient here: the router must not be able to read it.
    String envelope = new JSONObject()
        .put("recipientId", userUrn(recipient))
        .put("encryptedData", base64(text))
        .put("encryptedSymmetricKey", base64("sealed key"))
        .toString();
    String key = uuid7().toString(); // the same for all attempts: however many succeed, there is one message
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long retryAfterMs = 0;
      try {
        HttpResponse<String> response = Dumbwaiter.post(API_URL + "/api/send", envelope,
            "Authorization", "Bearer " + newToken(sender), "Idempotency-Key", key).send();
        if (response.statusCode() == 202) return new JSONObject(response.body()).getString("id");
        if (!RETRYABLE_STATUSES.contains(response.statusCode())) throw new RefusedException(response.body());
        retryAfterMs = 1000 * response.headers().firstValueAsLong("Retry-After").orElse(0);
      } catch (RefusedException refused) {
        throw refused;
      } catch (IOException noAnswer) {
        // The outcome is unknown.
      }
      Thread.sleep(pauseMs(attempt, retryAfterMs));
    }
    throw new IOException("the message may not have been sent");
  }

  /** What URLEncoder encodes otherwise than a user's URN is put right. */
  private static String userUrn(String subject) {
    String encoded = URLEncoder.encode(subject, StandardCharsets.UTF_8);
    return "urn:sm:user:" + encoded.replace("+", "%20").replace("*", "%2A")
        .replace("%7E", "~").replace("%40", "@").replace("%2B", "+");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static UUID uuid7() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long timeAndVersion = System.currentTimeMillis() << 16 | 0x7000 | random.nextInt(0x1000);
    return new UUID(timeAndVersion, random.nextLong() >>> 2 | Long.MIN_VALUE);
  }

  private static final class RefusedException extends IOException {
    RefusedException(String problem) {
      super(problem);
    }
  }

  private Sender() {}
}
