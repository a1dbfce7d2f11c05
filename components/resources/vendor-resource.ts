import * as pulumi from "@pulumi/pulumi";

/** A value, or a value that is known only later, at any depth. */
export type Later<T> = pulumi.Input<T extends object ? { readonly [K in keyof T]: Later<T[K]> } : T>;

/**
 * The arguments of a resource: its inputs, without the tenant, which its name contains, and without those that the provider's
 * `check` derives. An argument with its default should be omitted: the engine stores the dependencies of each argument.
 */
export type Args<Inputs, Derived extends keyof Inputs = never, Defaulted extends keyof Inputs = never> = {
  readonly [K in keyof Inputs as K extends Derived | Defaulted | "tenant" ? never : K]: Later<Inputs[K]>;
} & { readonly [K in Defaulted]?: Later<Inputs[K]> };

/** The program's side of a resource type of the provider: a name for it and its outputs; everything else is the provider's. */
export abstract class VendorResource extends pulumi.CustomResource {
  protected constructor(
    token: string,
    name: string,
    args: object,
    outputs: readonly string[],
    options: pulumi.CustomResourceOptions,
  ) {
    super(token, name, { ...args, ...Object.fromEntries(outputs.map((output) => [output, undefined])) }, options);
  }
}
