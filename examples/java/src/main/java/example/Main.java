package example;

/**
 * A Dumbwaiter client on io.socket:socket.io-client (Java 17 or newer).
 *
 * <pre>
 * java -jar target/dumbwaiter-example.jar receive bob             receives, saves in bob.inbox and acknowledges
 * java -jar target/dumbwaiter-example.jar send alice bob "Hello"  sends, and retries until the message is durable
 * </pre>
 */
public final class Main {
  public static void main(String[] args) throws Exception {
    String command = args.length == 0 ? "" : args[0];
    if (command.equals("receive") && args.length == 2) {
      say("given up: " + new Receiver(args[1]).run());
      System.exit(1);
    } else if (command.equals("send") && args.length == 4) {
      say("sent " + Sender.send(args[1], args[2], args[3]));
      System.exit(0); // the HTTP client's threads would keep the process for a while
    } else {
      say("receive <user>, or send <user> <recipient> <text>");
      System.exit(2);
    }
  }

  static void say(String line) {
    System.out.println(line);
  }
}
