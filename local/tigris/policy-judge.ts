import { Agent, request } from "node:http";

import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Credential } from "./credential.ts";
import { tigrisErrors } from "./errors.ts";

/**
 * Asks versitygw's IAM server what a key may do, by the same questions that versitygw itself asks it (iamapi/private of
 * versitygw 1.8.0). So there is one judge of policies, also for the calls that only the gateway understands.
 */
export interface PolicyJudge {
  /** Whether the policies of this key allow `action` on `resource` (an ARN). `conditions`: `aws:SourceIp` and the like. */
  allows(
    keyId: string,
    action: string,
    resource: string,
    conditions: Readonly<Record<string, readonly string[]>>,
  ): Promise<boolean>;
  isUp(): Promise<boolean>;
}

const HOST = "iam";
const PROTOCOL = "1";

export function policyJudge(socket: string, root: Credential): PolicyJudge {
  const agent = new Agent({ keepAlive: true });
  // The leading zero byte is how Linux writes an abstract socket's name, for which versitygw takes "@".
  const socketPath = socket.replace(/^@/, "\0");
  const signer = new SignatureV4({ credentials: root, region: "us-east-1", service: "iam", sha256: Sha256 });

  const ask = async (path: string, question: unknown): Promise<{ status: number; text: string }> => {
    const body = JSON.stringify(question);
    const signed = await signer.sign({
      method: "POST",
      protocol: "http:",
      hostname: HOST,
      path,
      headers: { host: HOST, "content-type": "application/json", "x-vgw-private-protocol": PROTOCOL },
      body,
    });
    return post(agent, socketPath, path, signed.headers, body);
  };
  return {
    async allows(keyId, action, resource, conditions) {
      const question = { accessKeyId: keyId, actions: [action], resources: [resource], condition: conditions };
      const { status, text } = await ask("/private/evaluate-policy", question);
      if (status === 403) return false;
      if (status !== 200) {
        throw new TenantryError(tigrisErrors.TIGRIS_ENGINE_FAULT, text, { call: "evaluate-policy", status });
      }
      return (JSON.parse(text) as { decisions: string[][] }).decisions[0]?.[0] === "allow";
    },
    async isUp() {
      try {
        return (await ask("/private/version", {})).status === 200;
      } catch {
        return false;
      }
    },
  };
}

function post(agent: Agent, socketPath: string, path: string, headers: Record<string, string>, body: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const asking = request({ agent, socketPath, method: "POST", path, headers, timeout: 10_000 }, (answer) => {
    let text = "";
    answer.setEncoding("utf8");
    answer.on("data", (chunk: string) => (text += chunk));
    answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    answer.on("error", reject);
  });
  asking.on("timeout", () => asking.destroy(new Error("the IAM server does not answer")));
  asking.on("error", reject);
  asking.end(body);
  return promise;
}
