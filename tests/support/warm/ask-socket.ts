// What a shell starts in the place of the command line: has its verb run at the other end of a socket (by-socket.ts), and comes
// out as that does.
import { connect } from "node:net";
import { json } from "node:stream/consumers";

import type { Ran } from "../ran.ts";

const socket = connect(process.env["TENANTRY_WARM_VERBS"] ?? "");
socket.end(JSON.stringify({ words: process.argv.slice(2), cwd: process.cwd(), env: process.env }));
const { code, stdout, stderr } = (await json(socket)) as Ran;
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code ?? 1;
