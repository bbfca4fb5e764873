import type { DatabaseSync } from "node:sqlite";

/**
 * Each migrates the schema from its index to the next version. Released ones never change: add another.
 *
 * `place` and `seq` are AUTOINCREMENT so that a number is never reused after its row is deleted: a cursor after the
 * last message of a queue must not hide the next one. An index on (user, queue) ends in the rowid, and thus in the
 * order of storing.
 */
const MIGRATIONS = [
  `
  CREATE TABLE message (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    user TEXT NOT NULL,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    envelope BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX message_id ON message (user, queue, id);
  CREATE INDEX message_order ON message (user, queue);
  CREATE INDEX message_age ON message (stored_at);

  CREATE TABLE device (
    user TEXT NOT NULL,
    id TEXT NOT NULL,
    queue TEXT NOT NULL,
    push_platform TEXT,
    push_token TEXT,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (user, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX device_age ON device (last_seen);

  CREATE TABLE ingress (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    attempts INTEGER NOT NULL DEFAULT 0,
    published_at INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    data BLOB NOT NULL
  ) STRICT;

  CREATE TABLE dead_letter (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    put_at INTEGER NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    attributes TEXT NOT NULL,
    data BLOB NOT NULL
  ) STRICT;

  CREATE TABLE push_request (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL
  ) STRICT;
  `,
  // One envelope for all queues that a message is in, deleted with its last place.
  `
  CREATE TABLE envelope (
    key INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;
  INSERT INTO envelope SELECT place, envelope FROM message;
  ALTER TABLE message RENAME COLUMN envelope TO old_envelope;
  ALTER TABLE message ADD COLUMN envelope INTEGER NOT NULL DEFAULT 0;
  UPDATE message SET envelope = place;
  ALTER TABLE message DROP COLUMN old_envelope;
  CREATE INDEX message_envelope ON message (envelope);
  CREATE TRIGGER envelope_unused AFTER DELETE ON message
  WHEN NOT EXISTS (SELECT 1 FROM message WHERE envelope = OLD.envelope)
  BEGIN
    DELETE FROM envelope WHERE key = OLD.envelope;
  END;
  `,
  `
  CREATE TABLE access_key (
    user TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    set_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // IDs begin with the time. Messages stored together therefore share a page of the index, whatever their queues.
  `
  DROP INDEX message_id;
  CREATE UNIQUE INDEX message_id ON message (id, user, queue);
  `,
];

/**
 * Creates or migrates the tables. Throws when a newer version has written the database.
 *
 * @param target the version to migrate to; the latest by default
 */
export function migrate(db: DatabaseSync, target = MIGRATIONS.length): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > MIGRATIONS.length) {
    throw new Error(
      `it was written by a newer version of Dumbwaiter (schema ${version}; this version supports up to ${MIGRATIONS.length})`,
    );
  }
  for (const [index, migration] of MIGRATIONS.slice(0, target).entries()) {
    if (index >= version) db.exec(`BEGIN; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
