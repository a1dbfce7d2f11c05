// What every Node process does first that the engine starts: the program (pulumi-language-nodejs), the provider and the
// policy pack. Before anything else is loaded: the engine may be killed at any time.
import { endWithParent } from "./end-with-parent.ts";

endWithParent();
