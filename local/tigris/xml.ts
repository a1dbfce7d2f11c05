/** Text of an XML document. A list becomes as many elements of its name; `null`, "" and {} an empty element. */
export function xmlText(root: string, namespace: string | undefined, content: object): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${inner(content)}</${root}>`;
}

function element(name: string, value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join("");
  const text = inner(value);
  return text === "" ? `<${name}/>` : `<${name}>${text}</${name}>`;
}

function inner(value: unknown): string {
  switch (typeof value) {
    case "string":
      return escapeXml(value);
    case "number":
    case "boolean":
      return String(value);
    default:
      return Object.entries(value ?? {})
        .map(([name, part]) => element(name, part))
        .join("");
  }
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it is written between the tags of XML. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character).replaceAll(/[\r\n\t]/g, numbered);
}

const numbered = (character: string) => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;

/** The text that XML has between two tags. */
export function unescapeXml(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(\w+));/g,
    (whole, hex?: string, decimal?: string, name?: string) =>
      name === undefined
        ? String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16))
        : (NAMED[name] ?? whole),
  );
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
