import analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";

import { listen, unary } from "../../provider/plugin/listening.ts";
import { type Properties, receive } from "../../provider/plugin/wire.ts";
import type { Level } from "../policy.ts";

/** The stack that a pack is asked about, as the engine tells it. */
export interface AnalyzedStack {
  readonly stack: string;
  /** Its settings by their full keys: `tenantry:cloud`. */
  readonly config: Readonly<Record<string, string>>;
}

/** A planned resource of the stack; a property that is not known yet is `Unknown`. */
export interface AnalyzedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly properties: Properties;
}

/** A policy of a pack: it looks at all resources of a stack once. */
export interface StackPolicy {
  readonly name: string;
  readonly description: string;
  readonly level: Exclude<Level, "off">;
  /** What breaks it; `urn` names the resource beside which Pulumi shows it. */
  readonly violations: (resources: readonly AnalyzedResource[]) => readonly { message: string; urn?: string }[];
}

/** What a pack needs to serve. */
export interface PackOptions {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** The policies that hold in a stack. Throws what a person can read. */
  readonly policies: (stack: AnalyzedStack) => readonly StackPolicy[];
}

/**
 * Serves Pulumi's analyzer protocol on a free port of 127.0.0.1 and answers the port. `@pulumi/policy` is not used: it drops
 * the stack's name and settings, on which the levels of policies depend (docs/adr/0017-policies-in-two-places.md).
 */
export function serveAnalyzer(options: PackOptions): ReturnType<typeof listen> {
  let policies: readonly StackPolicy[] = [];
  return listen(analyzerGrpc.AnalyzerService, {
    handshake: unary(() => new analyzer.AnalyzerHandshakeResponse()),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(options.version)),
    configureStack: unary((request: analyzer.AnalyzerStackConfigureRequest) => {
      const config = Object.fromEntries(request.getConfigMap().toArray());
      policies = options.policies({ stack: request.getStack(), config });
      return new analyzer.AnalyzerStackConfigureResponse();
    }),
    getAnalyzerInfo: unary(() => infoOf(options, policies)),
    configure: unary(() => new empty.Empty()),
    analyze: unary(() => new analyzer.AnalyzeResponse()),
    remediate: unary(() => new analyzer.RemediateResponse()),
    analyzeStack: unary((request: analyzer.AnalyzeStackRequest) => {
      const resources = request.getResourcesList().map(received);
      const found = policies.flatMap((policy) =>
        policy.violations(resources).map((violation) => diagnostic(options, policy, violation)),
      );
      return new analyzer.AnalyzeResponse().setDiagnosticsList(found);
    }),
    cancel: unary(() => new empty.Empty()),
  });
}

function infoOf(options: PackOptions, policies: readonly StackPolicy[]): analyzer.AnalyzerInfo {
  const infos = policies.map(({ name, description, level }) =>
    new analyzer.PolicyInfo()
      .setName(name)
      .setDescription(description)
      .setEnforcementlevel(enforced(level))
      .setPolicyType(analyzer.PolicyType.POLICY_TYPE_STACK),
  );
  return new analyzer.AnalyzerInfo()
    .setName(options.name)
    .setDisplayname(options.name)
    .setVersion(options.version)
    .setDescription(options.description)
    .setPoliciesList(infos);
}

function received(resource: analyzer.AnalyzerResource): AnalyzedResource {
  return {
    urn: resource.getUrn(),
    type: resource.getType(),
    name: resource.getName(),
    properties: receive(resource.getProperties()),
  };
}

function diagnostic(
  pack: PackOptions,
  { name, description, level }: StackPolicy,
  { message, urn }: { readonly message: string; readonly urn?: string },
): analyzer.AnalyzeDiagnostic {
  return new analyzer.AnalyzeDiagnostic()
    .setPolicyname(name)
    .setPolicypackname(pack.name)
    .setPolicypackversion(pack.version)
    .setDescription(description)
    .setMessage(message)
    .setEnforcementlevel(enforced(level))
    .setUrn(urn ?? "");
}

function enforced(level: StackPolicy["level"]): analyzer.EnforcementLevel {
  const { ADVISORY, MANDATORY } = analyzer.EnforcementLevel;
  return level === "mandatory" ? MANDATORY : ADVISORY;
}
