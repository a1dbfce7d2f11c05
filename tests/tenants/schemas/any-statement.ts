import * as fc from "fast-check";

/** Statements that are hard to tell apart by their semicolons. */
export const anyStatement = fc.constantFrom(
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT DEFAULT 'a;b')",
  `INSERT INTO notes (text) VALUES ('it''s; "quoted"'), ('-- no comment;')`,
  'CREATE TABLE "odd;name" (`a;b` TEXT, [c;d] TEXT)',
  "UPDATE notes SET text = CASE WHEN id > 1 THEN 'x' ELSE 'y' END WHERE id = 2",
  "CREATE TRIGGER t AFTER INSERT ON notes BEGIN UPDATE notes SET text = 'a;' WHERE id = new.id; DELETE FROM log; END",
  "CREATE TEMP TRIGGER t2 AFTER DELETE ON notes BEGIN SELECT CASE WHEN 1 THEN 2 END; END",
  "ALTER TABLE notes /* ; not the end */ ADD COLUMN slug TEXT",
  "DELETE FROM notes -- ; nor here\n WHERE id = x'3b'",
);
