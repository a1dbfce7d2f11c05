import { createRequire, Module } from "node:module";

/**
 * Has npm's package tree (`@npmcli/arborist`) loaded when it is used, not whenever Pulumi's SDK is: 180 files, an eighth of
 * the program's time. The SDK needs it only to send a function of the program to a cloud (runtime/closure/codePaths.js).
 * Where the SDK does not have it, or not by this name any more, this changes nothing.
 */
export function arboristWhenUsed(from: string = import.meta.url): void {
  const require = createRequire(from);
  let file: string;
  try {
    file = createRequire(require.resolve("@pulumi/pulumi")).resolve("@npmcli/arborist");
  } catch {
    return;
  }
  const placeholder = new Module(file);
  placeholder.loaded = true;
  placeholder.exports = {
    // So that an import of everything takes this object as it is, and does not read what is in it.
    __esModule: true,
    get Arborist(): unknown {
      Reflect.deleteProperty(require.cache, file);
      return (require(file) as { Arborist: unknown }).Arborist;
    },
  };
  require.cache[file] = placeholder;
}
