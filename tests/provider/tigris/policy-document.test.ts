import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { policyDigest, policyDocument, shownPolicyDigest } from "../../../provider/tigris/policy-document.ts";

describe("the policy of a key", () => {
  it("allows reading and writing the objects of one bucket, and nothing else", () => {
    expect(policyDocument("tnt-prod-acme", "read-write")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
          Resource: ["arn:aws:s3:::tnt-prod-acme"],
        },
        {
          Effect: "Allow",
          Action: [
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
          ],
          Resource: ["arn:aws:s3:::tnt-prod-acme/*"],
        },
        { Effect: "Deny", Action: ["s3:CreateBucket", "s3:ListAllMyBuckets"], Resource: ["*"] },
      ],
    });
  });

  it("allows only listing and reading when the key is read-only", () => {
    expect(policyDocument("tnt-prod-acme", "read-only")).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["s3:ListBucket"], Resource: ["arn:aws:s3:::tnt-prod-acme"] },
        { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::tnt-prod-acme/*"] },
        { Effect: "Deny", Action: ["s3:CreateBucket", "s3:ListAllMyBuckets"], Resource: ["*"] },
      ],
    });
  });
});

describe("the digest of a policy", () => {
  const declared = policyDigest(policyDocument("b", "read-write"));

  it("is the same however the document is written", () => {
    const shuffled = {
      Statement: [
        {
          Resource: "arn:aws:s3:::b/*",
          Effect: "Allow",
          Action: [
            "s3:ListMultipartUploadParts",
            "s3:GetObject",
            "s3:AbortMultipartUpload",
            "s3:PutObject",
            "s3:DeleteObject",
          ],
        },
        { Resource: "*", Action: ["s3:ListAllMyBuckets", "s3:CreateBucket"], Effect: "Deny" },
        { Action: ["s3:ListBucketMultipartUploads", "s3:ListBucket"], Resource: "arn:aws:s3:::b", Effect: "Allow" },
      ],
      Version: "2012-10-17",
    };
    expect(shownPolicyDigest(JSON.stringify(shuffled, undefined, 2))).toBe(declared);
  });

  it("is the same with names and empty parts that were added, and in the encoding of a URL", () => {
    const text = JSON.stringify(policyDocument("b", "read-write"));
    const added = text.replaceAll('{"Effect"', '{"Sid":"","Condition":null,"Effect"').replace("{", '{"Id":"x",');
    expect([shownPolicyDigest(added), shownPolicyDigest(encodeURIComponent(text))]).toEqual([declared, declared]);
  });

  it.each([
    ["another bucket", policyDocument("c", "read-write")],
    ["another mode", policyDocument("b", "read-only")],
    ["one statement more", { ...policyDocument("b", "read-write"), Statement: [{ Effect: "Allow" }] }],
  ])("differs for %s", (_, document) => {
    expect(policyDigest(document)).not.toBe(declared);
  });

  it("differs for a condition, and for an action moved to the other statement", () => {
    const text = JSON.stringify(policyDocument("b", "read-write"));
    expect(shownPolicyDigest(text.replace('"Effect":"Allow"', '"Effect":"Deny"'))).not.toBe(declared);
    expect(shownPolicyDigest(text.replace('"s3:ListBucketMultipartUploads"', '"s3:GetObject"'))).not.toBe(declared);
    const condition = '{"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}},"Effect"';
    expect(shownPolicyDigest(text.replace('{"Effect"', condition))).not.toBe(declared);
  });

  it("takes what is no JSON as a document of its own", () => {
    expect(shownPolicyDigest("not json")).toMatch(/^[0-9a-f]{16}$/);
    expect(shownPolicyDigest("not json")).not.toBe(shownPolicyDigest("other"));
  });

  it("tells two policies apart exactly when one allows what the other doesn't", () => {
    const actions = fc.shuffledSubarray(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], { minLength: 1 });
    const policy = (Action: string[]) => ({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action }] });
    fc.assert(
      fc.property(actions, actions, (one, other) => {
        const isSame = one.toSorted().join() === other.toSorted().join();
        expect(policyDigest(policy(one)) === policyDigest(policy(other))).toBe(isSame);
      }),
    );
  });
});
