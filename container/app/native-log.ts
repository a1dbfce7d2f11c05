// Imported before libSQL's native client: it would write lines of its own, each time that a database is out of reach.
process.env["RUST_LOG"] ??= "off";
