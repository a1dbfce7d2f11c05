/** One step of the schema. Never change one that was released: add the next. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: "notes",
    statements: [
      `CREATE TABLE notes (
         row INTEGER PRIMARY KEY,
         id TEXT NOT NULL UNIQUE,
         title TEXT NOT NULL,
         text TEXT NOT NULL,
         tags TEXT NOT NULL,
         created TEXT,
         updated TEXT,
         etag TEXT NOT NULL,
         bytes INTEGER NOT NULL,
         mtime TEXT NOT NULL,
         checked INTEGER NOT NULL
       )`,
    ],
  },
  {
    number: 2,
    name: "full text",
    statements: [
      `CREATE VIRTUAL TABLE notes_fts USING fts5(
         title, text, tags, content = 'notes', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
       )`,
      `CREATE TRIGGER notes_inserted AFTER INSERT ON notes BEGIN
         INSERT INTO notes_fts (rowid, title, text, tags) VALUES (new.row, new.title, new.text, new.tags);
       END`,
      `CREATE TRIGGER notes_deleted AFTER DELETE ON notes BEGIN
         INSERT INTO notes_fts (notes_fts, rowid, title, text, tags)
           VALUES ('delete', old.row, old.title, old.text, old.tags);
       END`,
      `CREATE TRIGGER notes_changed AFTER UPDATE OF title, text, tags ON notes BEGIN
         INSERT INTO notes_fts (notes_fts, rowid, title, text, tags)
           VALUES ('delete', old.row, old.title, old.text, old.tags);
         INSERT INTO notes_fts (rowid, title, text, tags) VALUES (new.row, new.title, new.text, new.tags);
       END`,
      // For a database that got its notes from migration 1 alone.
      "INSERT INTO notes_fts (notes_fts) VALUES ('rebuild')",
    ],
  },
];
