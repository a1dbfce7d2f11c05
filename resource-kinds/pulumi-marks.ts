/** Pulumi's marks on values, on the wire and in the state (sdk/nodejs/runtime/rpc.ts). */

/** The key of an object that is not a plain value; its value says which kind it is. */
export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
/** Under the signature's key: the object wraps a secret. */
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
/** Under the signature's key: the object is an output with its dependencies. */
export const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** A value that a preview does not know yet. */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
