// What every Node process does first that the engine starts: the program (by as-the-program.ts), the provider and the
// policy pack. Before anything else is loaded: the engine may be killed at any time.
import { endWithParent } from "./end-with-parent.ts";
import { keepCompiled } from "./keep-compiled.ts";

endWithParent();
keepCompiled();
