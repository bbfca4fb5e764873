import client.ApiClient;
import client.ApiException;
import client.api.MessagesApi;
import client.model.Accepted;
import client.model.Acknowledgement;
import client.model.Message;
import client.model.Page;
import client.model.SecureEnvelope;
import java.util.List;
import java.util.UUID;

/** Send, pull, acknowledge, retry, send with an access key, and a refusal, with the client that openapi-generator makes for Java. */
public class Story {
  private static final String URL = System.getenv("URL");
  private static final MessagesApi ALICE = messagesWith("Authorization", "Bearer " + System.getenv("ALICE"));
  private static final MessagesApi BOB = messagesWith("Authorization", "Bearer " + System.getenv("BOB"));
  private static final MessagesApi ANYBODY = messagesWith("Access-Key", System.getenv("ACCESS_KEY"));

  private static MessagesApi messagesWith(String header, String value) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(URL);
    client.setRequestInterceptor(request -> request.header(header, value));
    return new MessagesApi(client);
  }

  private static void check(boolean holds, String what) {
    if (!holds) throw new IllegalStateException(what);
  }

  private static Accepted send(MessagesApi from, String recipient) throws ApiException {
    SecureEnvelope envelope =
        new SecureEnvelope().recipientId(recipient).encryptedData("AEBD").encryptedSymmetricKey("BCDE");
    return from.send(envelope, System.getenv("KEY"));
  }

  public static void main(String[] args) throws Exception {
    String recipient = System.getenv("RECIPIENT");
    UUID id = send(ALICE, recipient).getId();

    Page page = BOB.pull(null, 10);
    for (int attempt = 0; page.getMessages().isEmpty() && attempt < 100; attempt++) {
      Thread.sleep(100);
      page = BOB.pull(null, null);
    }
    check(page.getMessages().size() == 1, "the message is in the queue");
    Message message = page.getMessages().get(0);
    check(message.getId().equals(id), "the message has its ID");
    check(message.getEnvelope().getEncryptedData().equals("AEBD"), "the envelope is unchanged");
    check(message.getEnvelope().getPriority() == null, "the envelope has no priority");

    BOB.acknowledge(new Acknowledgement().messageIds(List.of(id)), null);
    check(BOB.pull(null, null).getMessages().isEmpty(), "the queue is empty");

    check(send(ALICE, recipient).getId().equals(id), "a retry has the same ID");
    UUID anonymous = send(ANYBODY, recipient).getId();

    try {
      send(ALICE, "nobody");
      check(false, "an invalid envelope is refused");
    } catch (ApiException refusal) {
      check(refusal.getCode() == 400, "the refusal has its status");
      check(refusal.getResponseBody().contains("\"invalid_envelope\""), "the refusal has its code");
    }
    System.out.print(id + " " + anonymous);
  }
}
