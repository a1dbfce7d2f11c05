/** Keeps what is written to a stream of this process, instead of writing it, until `end` answers it. */
export function collected(stream: NodeJS.WriteStream): { end(): string } {
  const pieces: Buffer[] = [];
  const write = (chunk: string | Uint8Array, ...more: readonly unknown[]): boolean => {
    pieces.push(Buffer.from(chunk as Uint8Array));
    const done = more.find((each) => typeof each === "function") as (() => void) | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
  Object.defineProperty(stream, "write", { value: write, configurable: true, writable: true });
  return {
    end() {
      Reflect.deleteProperty(stream, "write");
      return Buffer.concat(pieces).toString();
    },
  };
}
