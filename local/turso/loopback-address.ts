import { createHash } from "node:crypto";

/**
 * The loopback address of a database: 127.64.0.0/10, picked by its name, the next free one when that is taken.
 *
 * sqld tells databases apart by the first label of the Host header, but names below `localhost` do not resolve
 * everywhere, and a libSQL URL carries nothing else that could tell them apart. Linux answers all of 127.0.0.0/8, so
 * every database gets an address of its own on one common port. That beats a port per database: one port cannot be
 * taken by another program between two starts where a hundred can, a name that is created anew has the old Hostname
 * (as at the vendor), and a listener costs little: 100 add 2 MB and 46 ms, 10 000 add 28 MB and half a second.
 */
export function loopbackAddress(name: string, isTaken: (address: string) => boolean): string {
  let number = createHash("sha256").update(name).digest().readUInt32BE() % SPACE;
  while (isTaken(format(number))) number = (number + 1) % SPACE;
  return format(number);
}

const SPACE = 2 ** 22;

function format(number: number): string {
  return `127.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}
