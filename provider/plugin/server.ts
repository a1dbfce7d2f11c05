import grpc from "@grpc/grpc-js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessage from "@pulumi/pulumi/proto/status_pb.js";

import type { Difference } from "./detailed-diff.ts";
import { listen, unary } from "./listening.ts";
import { HalfDone } from "./resource-type.ts";
import type { AnyType, Configured, ProviderService } from "./service.ts";
import { type Properties, receive, send } from "./wire.ts";

/** What a plugin needs to serve: its version, its service and its schema. */
export interface PluginOptions {
  readonly version: string;
  readonly service: ProviderService;
  /** Builds the provider from the stack's settings (config keys without their namespace). Throws what a person can read. */
  configure(settings: Properties): Configured;
  /** The package's schema as JSON text, for `pulumi import` and `pulumi package get-schema`. */
  schema(): Promise<string>;
  /** Told the engine's address when the engine has one, for lines the user sees. */
  engine(address: string): void;
}

/** Serves Pulumi's provider protocol on a free port of 127.0.0.1 and answers the port. */
export function servePlugin(options: PluginOptions): Promise<{ port: number; server: grpc.Server }> {
  const handlers = { ...lifecycleHandlers(options), ...resourceHandlers(options.service) };
  return listen(providerGrpc.ResourceProviderService, handlers);
}

function lifecycleHandlers(options: PluginOptions) {
  return {
    handshake: unary((request: provider.ProviderHandshakeRequest) => {
      options.engine(request.getEngineAddress());
      return new provider.ProviderHandshakeResponse()
        .setAcceptSecrets(true)
        .setAcceptResources(true)
        .setAcceptOutputs(true);
    }),
    attach: unary((request: plugin.PluginAttach) => {
      options.engine(request.getAddress());
      return new empty.Empty();
    }),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(options.version)),
    getSchema: unary(async () => new provider.GetSchemaResponse().setSchema(await options.schema())),
    checkConfig: unary((request: provider.CheckRequest) =>
      new provider.CheckResponse().setInputs(send(receive(request.getNews()))),
    ),
    // Changed settings never mean another fleet: a changed endpoint or prefix shows in the resources themselves.
    diffConfig: unary(() => new provider.DiffResponse().setChanges(provider.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary((request: provider.ConfigureRequest) => {
      options.service.configure(options.configure(receive(request.getArgs())));
      return new provider.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(true)
        .setSupportspreview(true);
    }),
    cancel: unary(() => {
      options.service.cancel();
      return new empty.Empty();
    }),
  };
}

/** What the protocol asks of resources, by the names of its calls. */
export function resourceHandlers(service: ProviderService) {
  return {
    check: unary(async (request: provider.CheckRequest) => {
      const { inputs, faults } = await service.check(
        request.getUrn(),
        optional(request.getOlds()),
        receive(request.getNews()),
      );
      const type = await service.type(request.getType());
      const failures = faults.map(({ property, reason }) =>
        new provider.CheckFailure().setProperty(property).setReason(reason),
      );
      return new provider.CheckResponse().setInputs(send(inputs, type.secretInputs)).setFailuresList(failures);
    }),
    diff: unary(async (request: provider.DiffRequest) => {
      const olds = receive(request.getOldInputs());
      const { type, found } = await service.diff(request.getUrn(), request.getId(), olds, receive(request.getNews()));
      return diffResponse(type, found);
    }),
    create: unary(async (request: provider.CreateRequest) => {
      const type = await service.type(request.getType());
      const inputs = receive(request.getProperties());
      const { id, properties } = await reportingHalves(type, inputs, () =>
        service.create(request.getUrn(), inputs, request.getPreview()),
      );
      return new provider.CreateResponse().setId(id).setProperties(send(properties, type.secretOutputs));
    }),
    read: unary(async (request: provider.ReadRequest) => {
      const stored = optional(request.getInputs());
      const known = stored === undefined ? undefined : { inputs: stored, state: receive(request.getProperties()) };
      const type = await service.type(request.getType());
      const found = await reportingHalves(type, stored ?? {}, () =>
        service.read(request.getUrn(), request.getId(), known),
      );
      // Properties left unset tell the engine that there is nothing.
      if (found === undefined) return new provider.ReadResponse();
      return new provider.ReadResponse()
        .setId(found.id)
        .setProperties(send(found.properties, found.type.secretOutputs))
        .setInputs(send(found.inputs, found.type.secretInputs));
    }),
    update: unary(async (request: provider.UpdateRequest) => {
      const type = await service.type(request.getType());
      const known = { inputs: receive(request.getOldInputs()), state: receive(request.getOlds()) };
      const news = receive(request.getNews());
      const { properties } = await reportingHalves(type, news, () =>
        service.update(request.getUrn(), request.getId(), known, news, request.getPreview()),
      );
      return new provider.UpdateResponse().setProperties(send(properties, type.secretOutputs));
    }),
    delete: unary(async (request: provider.DeleteRequest) => {
      const known = { inputs: receive(request.getOldInputs()), state: receive(request.getProperties()) };
      await service.delete(request.getUrn(), request.getId(), known);
      return new empty.Empty();
    }),
  };
}

/** An empty struct means that the engine has nothing stored: a create, or an import. */
function optional(message: Parameters<typeof receive>[0]): Properties | undefined {
  const properties = receive(message);
  return Object.keys(properties).length === 0 ? undefined : properties;
}

function diffResponse(type: AnyType, found: readonly Difference[]): provider.DiffResponse {
  const { DiffChanges } = provider.DiffResponse;
  const response = new provider.DiffResponse()
    .setChanges(found.length === 0 ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME)
    .setHasdetaileddiff(true)
    .setDiffsList([...new Set(found.map(({ input }) => input))])
    .setDeletebeforereplace(type.deleteBeforeReplace ?? false);
  const replacing = found.filter(({ input }) => type.replaceOn.includes(input));
  response.setReplacesList([...new Set(replacing.map(({ input }) => input))]);
  for (const difference of found) {
    const kind = kindOf(difference, replacing.includes(difference));
    response.getDetaileddiffMap().set(difference.path, new provider.PropertyDiff().setKind(kind).setInputdiff(true));
  }
  return response;
}

function kindOf({ change }: Difference, replaces: boolean): provider.PropertyDiff.Kind {
  const { Kind } = provider.PropertyDiff;
  switch (change) {
    case "add":
      return replaces ? Kind.ADD_REPLACE : Kind.ADD;
    case "delete":
      return replaces ? Kind.DELETE_REPLACE : Kind.DELETE;
    case "update":
      return replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE;
  }
}

/** A resource that exists but not as it should is reported as such, so that the engine stores it and updates it next time. */
async function reportingHalves<Result>(
  type: AnyType,
  inputs: Properties,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HalfDone)) throw error;
    const { existing, message } = error as HalfDone<Properties>;
    const detail = new provider.ErrorResourceInitFailed()
      .setId(existing.id)
      .setProperties(send(existing.state, type.secretOutputs))
      .setInputs(send((existing.inputs as Properties | undefined) ?? inputs, type.secretInputs))
      .setReasonsList([message]);
    throw initFailed(message, detail);
  }
}

function initFailed(message: string, detail: provider.ErrorResourceInitFailed): grpc.ServiceError {
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusMessage.Status().setCode(grpc.status.UNKNOWN).setMessage(message).setDetailsList([packed]);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return Object.assign(new Error(message), { code: grpc.status.UNKNOWN, details: message, metadata });
}
