import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import { parseAllDocuments } from "yaml";

import { operatorStacks } from "../../../operations/fleet/operator.ts";

const source = {
  repository: "https://github.com/acme/tenants",
  branch: "main",
  backend: "s3://acme-state?region=auto",
  secret: "tenantry",
  serviceAccount: "tenantry",
  image: "ghcr.io/acme/tenantry-workspace:1",
};

const string = { type: "string" };
const boolean = { type: "boolean" };
const integer = { type: "integer" };
const object = { type: "object" };
const strings = { type: "array", items: string };

/**
 * What the operator's CRD says of `stacks.pulumi.com`, v1: every field of `spec` by name and type, and in full those that we
 * write. Taken by hand from operator/config/crd/bases/pulumi.com_stacks.yaml of github.com/pulumi/pulumi-kubernetes-operator
 * at commit 475dbc6c of 2026. A field that the CRD does not know would be dropped by the API server without a word.
 */
const STACK = {
  type: "object",
  required: ["apiVersion", "kind", "metadata", "spec"],
  additionalProperties: false,
  properties: {
    apiVersion: { const: "pulumi.com/v1" },
    kind: { const: "Stack" },
    metadata: {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string", pattern: "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$" } },
    },
    spec: {
      type: "object",
      required: ["stack"],
      additionalProperties: false,
      properties: {
        ...{
          accessTokenSecret: string,
          backend: string,
          branch: string,
          commit: string,
          config: {},
          configRef: object,
        },
        ...{ continueResyncOnCommitMatch: boolean, destroyOnFinalize: boolean, driftDetection: object },
        envRefs: {
          type: "object",
          additionalProperties: {
            type: "object",
            required: ["type"],
            additionalProperties: false,
            properties: {
              type: { enum: ["Env", "FS", "Secret", "Literal"] },
              env: { type: "object", required: ["name"], properties: { name: string } },
              filesystem: { type: "object", required: ["path"], properties: { path: string } },
              literal: { type: "object", properties: { value: string } },
              secret: {
                type: "object",
                required: ["key", "name"],
                properties: { key: string, name: string, namespace: string },
              },
            },
          },
        },
        ...{ envSecrets: strings, environment: strings, envs: strings, expectNoRefreshChanges: boolean },
        ...{ fluxSource: object, gitAuth: object, gitAuthSecret: string, prerequisites: { type: "array" } },
        ...{ preview: boolean, programRef: object, projectRepo: string, refresh: boolean, repoDir: string },
        ...{ resyncFrequencySeconds: integer, retryMaxBackoffDurationSeconds: integer, retryOnUpdateConflict: boolean },
        ...{ runProgram: boolean, secrets: object, secretsProvider: string, secretsRef: object },
        ...{ serviceAccountName: string, shallow: boolean, stack: string, targetDependents: boolean, targets: strings },
        ...{ updateTemplate: object, useLocalStackOnly: boolean, workspaceReclaimPolicy: string },
        workspaceTemplate: {
          type: "object",
          additionalProperties: false,
          properties: {
            ...{ apiVersion: string, kind: string, metadata: object, status: object },
            spec: {
              type: "object",
              additionalProperties: false,
              properties: {
                ...{ env: { type: "array" }, envFrom: { type: "array" }, flux: object, git: object, image: string },
                ...{ imagePullPolicy: string, local: object, podTemplate: object, projectInfo: object },
                ...{ pulumiLogLevel: integer, resources: object, securityProfile: string, serviceAccountName: string },
                ...{ serviceTemplate: object, stacks: { type: "array" } },
              },
            },
          },
        },
      },
    },
  },
};

const isStack = new Ajv({ allErrors: true }).compile(STACK);
interface Document {
  readonly spec: Readonly<Record<string, unknown>> & { readonly envRefs: Readonly<Record<string, unknown>> };
}
const documents = (stacks: readonly string[]) =>
  parseAllDocuments(operatorStacks(stacks, source)).map((each) => each.toJS() as Document);

describe("fleet emit --operator", () => {
  it("writes one Stack resource per stack, as the operator's CRD wants it", () => {
    const found = documents(["prod-00", "prod-01", "Prod_Eu.1"]);
    for (const each of found) expect([isStack(each), isStack.errors]).toEqual([true, null]);
    expect(found.map(({ spec }) => spec["stack"])).toEqual([
      "organization/tenantry/prod-00",
      "organization/tenantry/prod-01",
      "organization/tenantry/Prod_Eu.1",
    ]);
  });

  it("is held against a schema that refuses what the CRD does not know", () => {
    const [stack] = documents(["prod-00"]);
    expect(isStack({ ...stack, spec: { ...stack?.spec, resyncSeconds: 60 } })).toBe(false);
    expect(isStack({ ...stack, spec: { ...stack?.spec, stack: undefined } })).toBe(false);
    expect(isStack({ ...stack, spec: { ...stack?.spec, refresh: "true" } })).toBe(false);
  });

  it("destroys nothing with a resource, and holds no secret: credentials are read from the named Kubernetes secret", () => {
    const [stack] = documents(["prod-00"]);
    expect(stack?.spec["destroyOnFinalize"]).toBe(false);
    expect(stack?.spec.envRefs["FLY_API_TOKEN"]).toEqual({
      type: "Secret",
      secret: { name: "tenantry", key: "FLY_API_TOKEN" },
    });
  });
});
