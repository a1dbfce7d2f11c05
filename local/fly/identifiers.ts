import { createHash, randomBytes, randomInt } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOWERCASE = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A ULID: 10 characters of time, 16 of chance. Fly names machine versions, events and requests this way. */
export function ulid(now: Date): string {
  let time = "";
  for (let rest = now.getTime(), place = 0; place < 10; place++, rest = Math.floor(rest / 32)) {
    time = letter(CROCKFORD, rest % 32) + time;
  }
  return time + word(CROCKFORD, 16);
}

/** 14 hexadecimal digits, like `73d8d46dbee589`. */
export function machineId(): string {
  return randomBytes(7).toString("hex");
}

/** 16 letters and digits, like `z4k69dxd8r31p5mx`. */
export function appId(): string {
  return word(LOWERCASE, 16);
}

export function volumeId(): string {
  return `vol_${word(LOWERCASE, 16)}`;
}

export function snapshotId(): string {
  return `vs_${word(LOWERCASE, 18)}`;
}

export function tokenId(): string {
  return word(LOWERCASE, 20);
}

/** A name of its own for a machine that was given none. */
export function machineName(): string {
  return `machine-${word(LOWERCASE, 6)}`;
}

/** The address of a machine on its app's private network: `fdaa:` and parts that follow from network and machine. */
export function privateAddress(network: string, machine: string): string {
  const [n = "", m = ""] = [network, machine].map((of) => createHash("sha256").update(of).digest("hex"));
  return `fdaa:0:${n.slice(0, 4)}:a7b:${m.slice(0, 4)}:${m.slice(4, 8)}:${m.slice(8, 12)}:2`;
}

export function numericId(): number {
  return randomInt(1, 2 ** 31);
}

function word(alphabet: string, length: number): string {
  return Array.from({ length }, () => letter(alphabet, randomInt(alphabet.length))).join("");
}

function letter(alphabet: string, index: number): string {
  return alphabet.charAt(index);
}
