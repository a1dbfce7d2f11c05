import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { bucketsNamedIn, parsePolicyDocument } from "../../../local/tigris/policy-document.ts";
import { Refusal } from "../../../local/tigris/refusal.ts";

const text = (statement: object, rest: object = {}) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statement, ...rest });
const good = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };

describe("a policy document", () => {
  it.each([
    ["one statement", good],
    ["a list of statements", [good, { ...good, Sid: "two", Effect: "Deny" }]],
    ["wildcards in the action", { ...good, Action: ["s3:Get*", "s3:*"] }],
    ["any letter case in the action", { ...good, Action: "s3:getobject" }],
    ["a condition", { ...good, Condition: { DateLessThan: { "aws:CurrentTime": "2030-01-01T00:00:00Z" } } }],
  ])("may have %s", (_, statement) => {
    expect(parsePolicyDocument(text(statement))).toMatchObject({ Version: "2012-10-17" });
  });

  it.each([
    ["no JSON", "{"],
    ["another version", text(good, { Version: "2008-10-17" })],
    ["no statement", text([])],
    ["a principal", text({ ...good, Principal: "*" })],
    ["an unknown action", text({ ...good, Action: "s3:PutBucketPolicy" })],
    ["a wildcard that covers nothing", text({ ...good, Action: "s3:Fetch*" })],
    ["every action of every service", text({ ...good, Action: "*" })],
    ["an unknown operator", text({ ...good, Condition: { StringLike: { "s3:prefix": "a" } } })],
    ["an unknown key", text({ ...good, Condition: { IpAddress: { "aws:UserAgent": "a" } } })],
    ["a resource without an ARN", text({ ...good, Resource: "b" })],
  ])("may not have %s", (_, document) => {
    expect(() => parsePolicyDocument(document)).toThrow(Refusal);
  });

  it("names the buckets it is about, each once, and no wildcard", () => {
    const resources = ["arn:aws:s3:::a", "arn:aws:s3:::a/x/y", "arn:aws:s3:::b-*", "arn:aws:s3:::c/*", "*"];
    expect(bucketsNamedIn(parsePolicyDocument(text({ ...good, Resource: resources })))).toEqual(["a", "c"]);
  });

  it("is refused, never misread, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (anything) => {
        expect(() => parsePolicyDocument(anything)).toThrow(Refusal);
      }),
    );
  });
});
