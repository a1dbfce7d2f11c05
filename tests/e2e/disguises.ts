/**
 * The forms under which a secret could be in a text: as it is, escaped for a URL, in hex, in base64 wherever it begins
 * in what was encoded, and its last 20 characters alone, for a text that was cut.
 */
export function disguisesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const inside = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // Without the characters that mix the secret with what is before or after it.
    return text.slice(Math.ceil((shift * 8) / 6), (bytes.length + shift) % 3 === 0 ? undefined : -1);
  });
  const urlSafe = inside.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [
    ...new Set([secret, encodeURIComponent(secret), bytes.toString("hex"), ...inside, ...urlSafe, secret.slice(-20)]),
  ];
}
