import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

import { withAccess, withoutAccess } from "../../../tenants/edits/access-text.ts";
import { withSettings } from "../../../tenants/edits/setting-text.ts";

const eve = { name: "eve-laptop", mode: "read-only" } as const;

describe("a tenant file of an unusual layout", () => {
  it.each([
    "{owner: a@b.example} # us\n",
    "# us\n{\n  owner: a@b.example,\n  plan: standard\n}\n",
    "{owner: a@b.example, rotation: {epoch: 1}, access: [{name: bob, mode: read-only}]}",
    "owner: a@b.example # us\n...\n",
    "owner: a@b.example\naccess: # nobody yet\n...\n",
    "owner: a@b.example\nrotation:\n  epoch: 1 # first\naccess:\n  - name: bob\n    mode: read-only\n...\n# the end\n",
    "---\nowner: a@b.example\n...",
  ])("is edited like any other, and keeps its comments: %j", (text) => {
    const before = parse(text) as { access?: unknown[] | null };
    const comments = (of: string) => (of.match(/#[^\n]*/g) ?? []).sort();
    const added = withAccess(text, eve);
    expect(parse(added)).toEqual({ ...before, access: [...(before.access ?? []), eve] });
    expect(parse(withoutAccess(added, eve.name))).toEqual(
      before.access == null ? { owner: "a@b.example", ...("plan" in before ? { plan: "standard" } : {}) } : before,
    );
    const raised = withSettings(text, [{ path: ["rotation", "epoch"], value: 7 }]);
    expect(parse(raised)).toEqual({ ...before, rotation: { epoch: 7 } });
    for (const after of [added, raised]) expect(comments(after)).toEqual(comments(text));
  });
});
