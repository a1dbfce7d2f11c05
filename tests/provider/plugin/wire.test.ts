import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import * as pulumi from "@pulumi/pulumi";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

import { containsUnknown, Unknown } from "../../../provider/plugin/unknown.ts";
import { receive, send } from "../../../provider/plugin/wire.ts";

// No vendor has a setting called __proto__, and google-protobuf cannot carry one.
const properties = fc
  .dictionary(fc.string({ minLength: 1 }), fc.jsonValue() as fc.Arbitrary<unknown>)
  .filter((values) => !JSON.stringify(values).includes("__proto__"));

describe("the wire boundary", () => {
  it("gives back what it sent, whichever properties are secret", () => {
    fc.assert(
      fc.property(properties, fc.array(fc.string()), (values, more) => {
        const secrets = [...Object.keys(values).slice(0, 1), ...more];
        // As JSON: protobuf keeps -0, JSON does not, and neither matters to a setting.
        expect(JSON.parse(JSON.stringify(receive(send(values, secrets))))).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  it("wraps a secret so that Pulumi's own SDK sees one, and its value is nowhere else", () => {
    const wire = send({ token: "planted-secret", name: "acme" }, ["token"]).toJavaScript() as Record<string, unknown>;
    expect(pulumi.runtime.isRpcSecret(wire["token"])).toBe(true);
    expect(pulumi.runtime.unwrapRpcSecret(wire["token"])).toBe("planted-secret");
    expect(wire["name"]).toBe("acme");
  });

  it("unwraps secrets wherever they are nested", () => {
    const secret = { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value: { deep: ["s"] } };
    const message = struct.Struct.fromJavaScript({ values: { A: secret }, list: [secret] });
    expect(receive(message)).toEqual({ values: { A: { deep: ["s"] } }, list: [{ deep: ["s"] }] });
  });

  it("turns what is not known yet into Unknown and back, never into its wire text", () => {
    const message = struct.Struct.fromJavaScript({
      id: pulumi.runtime.unknownValue,
      list: [pulumi.runtime.unknownValue],
    });
    const values = receive(message);
    expect(values["id"]).toBe(Unknown.value);
    expect(containsUnknown(values["list"])).toBe(true);
    expect(send(values).toJavaScript()).toEqual(message.toJavaScript());
  });

  it("leaves undefined values out", () => {
    expect(send({ a: undefined, b: { c: undefined, d: 1 } }).toJavaScript()).toEqual({ b: { d: 1 } });
  });
});
