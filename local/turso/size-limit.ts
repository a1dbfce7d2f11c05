import { Refusal } from "./refusal.ts";

// Whether the vendor's kb is 1000 or 1024 bytes is not documented; sqld, its engine, counts kb in thousands and kib in 1024.
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of a size like `256mb`; null for no limit (empty or zero). */
export function parseSizeLimit(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text === "" ? "0" : text);
  const unit = UNITS[(match?.[2] ?? "").toLowerCase()];
  if (match === null || unit === undefined) throw new Refusal(400, `invalid size limit: ${text}`);
  const bytes = Math.floor(Number(match[1]) * unit);
  return bytes === 0 ? null : bytes;
}
