import { Hono } from "hono";
import type { HttpBindings } from "@hono/node-server";

import type { Surface } from "../surface.ts";
import { callerOf, demand } from "./caller.ts";
import type { Call } from "./call.ts";
import type { Gateway } from "./gateway.ts";
import { type Form, iamAnswer, iamRefusal } from "./iam-answer.ts";
import { type IamForm, iamForm } from "./iam-form.ts";
import * as keys from "./key-actions.ts";
import * as policies from "./policy-actions.ts";
import { Refusal, refusalOf } from "./refusal.ts";

type Action = (gateway: Gateway, form: IamForm) => object | Promise<object>;

const READS: Readonly<Record<string, Action>> = {
  ListAccessKeys: keys.listAccessKeys,
  GetPolicy: policies.getPolicy,
  GetPolicyVersion: policies.getPolicyVersion,
  GetPolicyDetailed: policies.getPolicyDetailed,
  ListPolicies: policies.listPolicies,
  ListUserPolicies: policies.listUserPolicies,
  ListEntitiesForPolicy: policies.listEntitiesForPolicy,
};
const WRITES: Readonly<Record<string, Action>> = {
  CreateAccessKeyWithBucketsRole: keys.createAccessKeyWithBucketsRole,
  UpdateAccessKeyWithBucketsRole: keys.updateAccessKeyWithBucketsRole,
  CreateAccessKey: keys.createAccessKey,
  UpdateAccessKey: keys.updateAccessKey,
  DeleteAccessKey: keys.deleteAccessKey,
  RotateAccessKey: keys.rotateAccessKey,
  CreatePolicy: policies.createPolicy,
  UpdatePolicy: policies.updatePolicy,
  DeletePolicy: policies.deletePolicy,
  ForceDeletePolicy: policies.forceDeletePolicy,
  AttachUserPolicy: policies.attachUserPolicy,
  DetachUserPolicy: policies.detachUserPolicy,
};
const ACTIONS = { ...READS, ...WRITES };

/** The address for IAM: `POST /?Action=…` with a form, by administrators only. */
export function iamSurface(gateway: Gateway): Surface {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all("*", async (call) => {
    const wanted: Form = call.req.header("accept")?.includes("json") === true ? "json" : "xml";
    try {
      const form = await formOf(call);
      const caller = await callerOf(gateway, call);
      await gateway.upToDate();
      const action = ACTIONS[form.action];
      if (action === undefined) throw new Refusal(501, "NotImplemented", `${form.action} is not implemented.`);
      await demand(gateway, caller, `iam:${form.action}`, "*");
      return iamAnswer(form.action, await action(gateway, form), wanted);
    } catch (error) {
      return iamRefusal(refusalOf(error, gateway.log), wanted);
    }
  });
  return {
    name: "iam",
    app: app as unknown as Hono,
    async identify(context) {
      const { action } = await formOf(context as Call);
      return { name: action === "" ? "UnknownAction" : action, mutating: !(action in READS) };
    },
  };
}

async function formOf(call: Call): Promise<IamForm> {
  return iamForm(call.env.incoming.url ?? "/", await call.req.text());
}
