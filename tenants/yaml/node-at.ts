import { isMap, isScalar, isSeq } from "yaml";
import type { Node } from "yaml";

import type { Path } from "../model/problem.ts";

/** A node and the key it hangs from. A key without a value has no value node; list entries and the root have no key. */
export interface Found {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** What is at a path below `root`. Of a key that is there twice, the last, as it is the one whose value counts. */
export function nodeAt(root: Node, path: Path): Found | undefined {
  let found: Found | undefined = { key: undefined, value: root };
  for (const step of path) {
    found = below(found.value, step);
    if (found === undefined) return undefined;
  }
  return found;
}

function below(node: Node | undefined, step: PropertyKey): Found | undefined {
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair && { key: pair.key, value: pair.value ?? undefined };
  }
  const item = isSeq<Node>(node) ? node.items[Number(step)] : undefined;
  return item && { key: undefined, value: item };
}
