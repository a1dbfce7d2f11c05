import { stringify } from "yaml";

/** What all stacks of a group have in common for the Pulumi Kubernetes Operator. */
export interface OperatorSource {
  /** The git repository of the project. */
  readonly repository: string;
  /** The branch that is applied, like `main`. */
  readonly branch: string;
  /** Where the state lies, as in PULUMI_BACKEND_URL. */
  readonly backend: string;
  /** The Kubernetes secret that holds the credentials, by the names of their environment variables. */
  readonly secret: string;
  /** The Kubernetes service account of the workspaces. */
  readonly serviceAccount: string;
  /** The image of the workspaces: Pulumi with Node and what tenantry needs. */
  readonly image: string;
}

/** The credentials that an `up` reads from its environment (docs/going-live.md). */
const CREDENTIALS = [
  "PULUMI_CONFIG_PASSPHRASE",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "TIGRIS_ACCESS_KEY_ID",
  "TIGRIS_SECRET_ACCESS_KEY",
  "TURSO_API_TOKEN",
  "FLY_API_TOKEN",
] as const;

/**
 * The `Stack` resources that make the Pulumi Kubernetes Operator apply these stacks from git: one YAML document each. They
 * hold no secret and no setting: those are read from the repository. A stack is not destroyed with its resource. Pure.
 *
 * Source: the operator's CRD stacks.pulumi.com, v1 (operator/config/crd/bases/pulumi.com_stacks.yaml of
 * github.com/pulumi/pulumi-kubernetes-operator).
 */
export function operatorStacks(stacks: readonly string[], source: OperatorSource): string {
  return stacks.map((stack) => stringify(operatorStack(stack, source))).join("---\n");
}

function operatorStack(stack: string, source: OperatorSource): object {
  const { repository, branch, backend, secret, serviceAccount, image } = source;
  const credential = (key: string) => [key, { type: "Secret", secret: { name: secret, key } }] as const;
  return {
    apiVersion: "pulumi.com/v1",
    kind: "Stack",
    metadata: { name: objectName(stack), labels: { "app.kubernetes.io/managed-by": "tenantry" } },
    spec: {
      stack: `organization/tenantry/${stack}`,
      projectRepo: repository,
      branch: `refs/heads/${branch}`,
      shallow: true,
      backend,
      envRefs: Object.fromEntries(CREDENTIALS.map(credential)),
      // Trials end and credentials become due without a commit.
      continueResyncOnCommitMatch: true,
      resyncFrequencySeconds: 3600,
      refresh: true,
      destroyOnFinalize: false,
      serviceAccountName: serviceAccount,
      workspaceTemplate: { spec: { image } },
    },
  };
}

/** A DNS label, as Kubernetes wants it (RFC 1123). */
function objectName(stack: string): string {
  return stack
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);
}
