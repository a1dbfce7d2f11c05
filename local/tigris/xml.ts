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
      return escape(value);
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

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
