import grpc from "@grpc/grpc-js";

// What Pulumi's own SDK allows: a machine's config and a page of state may be larger than gRPC's 4 MB.
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** Serves one of Pulumi's protocols on a free port of 127.0.0.1 and answers the port. */
export function listen(
  service: grpc.ServiceDefinition,
  handlers: grpc.UntypedServiceImplementation,
): Promise<{ port: number; server: grpc.Server }> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(service, handlers);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ port, server });
      else reject(error);
    });
  });
}

/** A handler of one call: returns the result or error of `work` to the engine. */
export function unary<Request, Response>(work: (request: Request) => Response | Promise<Response>) {
  return (call: grpc.ServerUnaryCall<Request, Response>, answer: grpc.sendUnaryData<Response>): void => {
    void reply(work, call.request, answer);
  };
}

async function reply<Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
  request: Request,
  answer: grpc.sendUnaryData<Response>,
): Promise<void> {
  try {
    answer(null, await work(request));
  } catch (error) {
    answer(asServiceError(error));
  }
}

function asServiceError(error: unknown): Partial<grpc.ServiceError> {
  if (error instanceof Error && "metadata" in error) return error as grpc.ServiceError;
  const message = error instanceof Error ? error.message : String(error);
  return { code: grpc.status.UNKNOWN, details: message, message };
}
