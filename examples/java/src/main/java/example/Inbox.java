package example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.json.JSONObject;

/** The saved messages, one a line. The same message may arrive again, even after a restart: its ID tells. */
final class Inbox {
  private final Path file;
  private final Set<String> ids = new HashSet<>();

  Inbox(Path file) throws IOException {
    this.file = file;
    if (!Files.exists(file)) return;
    for (String line : Files.readAllLines(file)) {
      if (line.indexOf('\t') == 36) ids.add(line.substring(0, 36));
    }
  }

  /** @return whether the message is new */
  boolean save(JSONObject message) throws IOException {
    String id = message.getString("id");
    if (ids.contains(id)) return false;
    String line = id + "\t" + message.getJSONObject("envelope") + "\n";
    Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.SYNC);
    return ids.add(id);
  }
}
