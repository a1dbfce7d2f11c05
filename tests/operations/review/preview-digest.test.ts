import { describe, expect, it } from "@jest/globals";

import { parseDigest } from "../../../operations/engine/preview-digest.ts";

const errorsOf = (...diagnostics: object[]) => parseDigest(JSON.stringify({ steps: [], diagnostics })).errors;

describe("the errors of a preview", () => {
  it("are the provider's own words, without the engine's around them and without its echo", () => {
    const said = "VENDOR_FAILED: Turso answered 503\n  next: Try again.";
    expect(
      errorsOf(
        { urn: "urn:x", message: `error: Preview failed: ${said}\n`, severity: "error" },
        { message: "error: preview failed\n", severity: "error" },
        { urn: "urn:x", message: "warning: old\n", severity: "warning" },
      ),
    ).toEqual([{ urn: "urn:x", message: said }]);
  });

  it("are never lost, also when the engine says nothing more than that it failed", () => {
    expect(errorsOf({ message: "error: preview failed\n", severity: "error" })).toEqual([
      { urn: "", message: "the preview failed" },
    ]);
  });

  it("are told apart from what the provider warns of, resource by resource", () => {
    const diagnostics = [
      { urn: "urn:x", message: "it does not answer", severity: "warning" },
      { urn: "urn:x", message: "hello", severity: "info" },
      { message: "a newer version is there", severity: "warning" },
    ];
    const { errors, warnings } = parseDigest(JSON.stringify({ diagnostics }));
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [{ urn: "urn:x", message: "it does not answer" }] });
  });

  it("are none when there are none", () => {
    expect(parseDigest("{}")).toEqual({ steps: [], errors: [], warnings: [] });
  });
});
