import { json, type Nature, Refusal, refusing, type VendorModel, type VendorRequest } from "./vendor.ts";

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly name: string;
  isActive: boolean;
  roles: readonly { readonly bucket: string; readonly role: string }[];
  readonly policies: Set<string>;
}

/** Everything that the model of Tigris' IAM holds. Policies are their documents, by name. */
export interface IamTables {
  readonly keys: Map<string, AccessKey>;
  readonly policies: Map<string, string>;
}

const ARN = "arn:aws:iam::org_embedded:policy/";

type Form = (name: string) => string;
type Action = (form: Form, isGiven: (name: string) => boolean) => object;

/** Tigris' IAM, as far as the provider calls it. @param isLive whether there is a bucket of this name */
export function iamModel(
  nature: Nature,
  isLive: (bucket: string) => boolean,
): { model: VendorModel; tables: IamTables } {
  const tables: IamTables = { keys: new Map(), policies: new Map() };
  const actions = { ...keyActions(tables, nature), ...policyActions(tables, isLive) };
  const operationOf = ({ url, body }: VendorRequest) =>
    url.searchParams.get("Action") ?? new URLSearchParams(body).get("Action") ?? "";
  const model: VendorModel = {
    operationOf,
    answer: (request) =>
      refusing(() => {
        const given = new URLSearchParams(request.body);
        const action = (actions as Readonly<Record<string, Action>>)[operationOf(request)];
        if (action === undefined) throw refusal(501, "NotImplemented");
        const form = (name: string) => {
          const value = given.get(name);
          if (value === null || value === "") throw refusal(400, "ValidationError");
          return value;
        };
        return json(
          200,
          action(form, (name) => given.has(name)),
        );
      }),
  };
  return { model, tables };
}

function refusal(status: number, code: string): Refusal {
  return new Refusal(json(status, { Code: code, Message: code }));
}

function keyActions({ keys }: IamTables, nature: Nature) {
  const known = (id: string) => {
    const key = keys.get(id);
    if (key === undefined) throw refusal(404, "NoSuchEntity");
    return key;
  };
  return {
    CreateAccessKeyWithBucketsRole(form: Form) {
      const { name, buckets_role: roles } = JSON.parse(form("Req")) as Pick<AccessKey, "name"> & {
        buckets_role: AccessKey["roles"];
      };
      const [id, secret] = [`tid_${nature.hex(24)}`, `tsec_${nature.hex(40)}`];
      keys.set(id, { id, secret, name, isActive: true, roles, policies: new Set() });
      const key = { AccessKeyId: id, SecretAccessKey: secret, UserName: name, Status: "Active" };
      return { CreateAccessKeyResult: { AccessKey: key } };
    },
    UpdateAccessKeyWithBucketsRole(form: Form) {
      const { id, buckets_role: roles } = JSON.parse(form("Req")) as { id: string; buckets_role: AccessKey["roles"] };
      known(id).roles = roles;
      return { status: "success", message: "", operation: "UpdateAccessKeyWithBucketsRole" };
    },
    UpdateAccessKey(form: Form) {
      const key = known(form("AccessKeyId"));
      const status = form("Status");
      if (!["Active", "Inactive"].includes(status)) throw refusal(400, "ValidationError");
      key.isActive = status === "Active";
      return {};
    },
    DeleteAccessKey(form: Form) {
      keys.delete(known(form("AccessKeyId")).id);
      return {};
    },
    ListAccessKeys(form: Form, isGiven: (name: string) => boolean) {
      const only = isGiven("KeyId") ? form("KeyId") : undefined;
      const found = [...keys.values()].filter(({ id }) => only === undefined || id === only);
      const shown = found.map(({ id, name, isActive, roles }) => ({
        access_key_id: id,
        username: name,
        status: isActive ? "active" : "inactive",
        buckets_role: roles,
      }));
      return {
        IsTruncated: false,
        Marker: "",
        Keys: shown.sort((one, other) => (one.access_key_id < other.access_key_id ? -1 : 1)),
      };
    },
    ListUserPolicies(form: Form) {
      const { policies } = known(form("UserName"));
      return { ListUserPoliciesResult: { PolicyNames: [...policies].sort(), IsTruncated: false, Marker: "" } };
    },
  };
}

function policyActions({ keys, policies }: IamTables, isLive: (bucket: string) => boolean) {
  const holders = (name: string) => [...keys.values()].filter((key) => key.policies.has(name));
  const described = (name: string) => ({
    Arn: `${ARN}${name}`,
    PolicyName: name,
    AttachmentCount: holders(name).length,
  });
  const named = (form: Form) => {
    const arn = form("PolicyArn");
    const name = arn.slice(ARN.length);
    if (!arn.startsWith(ARN) || !policies.has(name)) throw refusal(404, "NoSuchEntity");
    return name;
  };
  const document = (form: Form) => {
    const text = form("PolicyDocument");
    const buckets = [...text.matchAll(/arn:aws:s3:::([^/"*]+)/g)].map(([, bucket = ""]) => bucket);
    if (!buckets.every(isLive)) throw refusal(400, "MalformedPolicyDocument");
    return text;
  };
  const keyOf = (form: Form) => {
    const key = keys.get(form("UserName"));
    if (key === undefined) throw refusal(404, "NoSuchEntity");
    return key;
  };
  return {
    CreatePolicy(form: Form) {
      const name = form("PolicyName");
      const text = document(form);
      if (policies.has(name)) throw refusal(409, "EntityAlreadyExists");
      policies.set(name, text);
      return { CreatePolicyResult: { Policy: described(name) } };
    },
    UpdatePolicy(form: Form) {
      const name = named(form);
      policies.set(name, document(form));
      return { UpdatePolicyResult: { Policy: described(name) } };
    },
    GetPolicyDetailed(form: Form) {
      const name = named(form);
      const users = holders(name).map(({ id }) => ({ UserId: id }));
      return { PolicyDetailed: { ...described(name), Document: policies.get(name), Users: users } };
    },
    ListPolicies(form: Form, isGiven: (name: string) => boolean) {
      const all = [...policies.keys()].sort();
      const most = isGiven("MaxItems") ? Number(form("MaxItems")) : 1000;
      const page = all.slice(0, most);
      const isTruncated = page.length < all.length;
      const answer = {
        Policies: page.map(described),
        IsTruncated: isTruncated,
        Marker: isTruncated ? (page.at(-1) ?? "") : "",
      };
      return { ListPoliciesResult: answer };
    },
    DeletePolicy(form: Form) {
      const name = named(form);
      if (holders(name).length > 0) throw refusal(409, "DeleteConflict");
      policies.delete(name);
      return {};
    },
    AttachUserPolicy(form: Form) {
      const name = named(form);
      keyOf(form).policies.add(name);
      return {};
    },
    DetachUserPolicy(form: Form) {
      const name = named(form);
      if (!keyOf(form).policies.delete(name)) throw refusal(404, "NoSuchEntity");
      return {};
    },
  };
}
