/** The parts of a URN that the provider needs: `urn:pulumi:<stack>::<project>::<type chain>::<name>`. */
export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** Types from the outermost parent to the resource itself. */
  readonly types: readonly string[];
  readonly name: string;
}

/** Takes a URN apart: the types from the outermost to the resource's own, and the name. */
export function parseUrn(urn: string): UrnParts {
  const [head = "", project = "", chain = "", ...name] = urn.split("::");
  return { stack: head.replace("urn:pulumi:", ""), project, types: chain.split("$"), name: name.join("::") };
}

/** The URN of a tenant's machine, which is created last, after everything that it needs. */
export function machineUrn(stack: string, tenant: string): string {
  const types = ["tenantry:index:Tenant", "tenantry:fly:Machine"];
  return `urn:pulumi:${stack}::tenantry::${types.join("$")}::${tenant}`;
}

/**
 * The command that imports an existing resource on purpose, below its component. A tenant's components all carry the tenant's
 * id as their name, so the parent's URN follows from the resource's own.
 */
export function importLine(urn: string, id: string): string {
  const { stack, project, types, name } = parseUrn(urn);
  const parents = types.slice(0, -1);
  const [tenant = name] = name.split("/");
  const parent =
    parents.length === 0 ? "" : ` --parent 'parent=urn:pulumi:${stack}::${project}::${parents.join("$")}::${tenant}'`;
  // The program exists already; Pulumi would print a resource declaration and ask for it to be pasted.
  return `pulumi import ${types.at(-1) ?? ""} '${name}' '${id}'${parent} --generate-code=false --stack ${stack}`;
}
