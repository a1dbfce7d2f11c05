/** What a change means for the tenant's users, by action. Users do not notice an action without a text. */
export interface Meanings<Input extends string = string> {
  /** By the input that forces a new resource; `*` for any other. */
  readonly replace?: Readonly<Partial<Record<Input | "*", string>>>;
  /** By the input that changes in place. */
  readonly update?: Readonly<Partial<Record<Input, string>>>;
  readonly rotate?: string;
  readonly delete: string;
}

/** What a drift report does with one input or output. */
export type InDrift =
  /**
   * It identifies the resource, or only tenantry uses it: another value means another resource, or the vendor does not know
   * the value.
   */
  | { readonly role: "identity" }
  /** No vendor shows it; operations/drift/blind.ts says why. */
  | { readonly role: "unseen" }
  /** Compared with what the vendor shows. */
  | {
      readonly role: "compared";
      /** The field of a tenant file that declares it, where one does. */
      readonly field?: readonly string[];
      /** Users choose the names below it, so any path below it is an aspect. */
      readonly isOpen?: true;
    };

export const IDENTITY = { role: "identity" } as const;
export const UNSEEN = { role: "unseen" } as const;
export const COMPARED = { role: "compared" } as const;
export const OPEN = { role: "compared", isOpen: true } as const;
/** Compared, and declared by this field of a tenant file. */
export const declaredBy = (...field: readonly string[]) => ({ role: "compared", field }) as const;

/** All that is known of a resource type outside its own code, in one place. */
export interface ResourceKind<Input extends string = string> {
  /** For people: "bucket", "access key". */
  readonly word: string;
  /** The start of its aspects in a drift report and in the rules of tenant files. */
  readonly root: string;
  /** It belongs to the stack and not to one tenant: no tenant file can name its aspects. */
  readonly isShared?: true;
  /** It holds data: deleting it requires a declaration in the tenant's file. */
  readonly holds?: string;
  /** It is a credential, replaced by age or epoch; the word for it in lists. */
  readonly credential?: string;
  /** Its vendor lists resources of this type, so undeclared ones are found. */
  readonly isListed?: boolean;
  /** Its name is derived from its tenant's: a resource without a file can be imported by a file of that tenant. */
  readonly isNamedAfterTenant?: true;
  readonly means: Meanings<NoInfer<Input>>;
  /** What to know before `up` creates a missing one again. */
  readonly ifGone?: string;
  /** Every input, and what a drift report does with it. */
  readonly inputs: Readonly<Record<Input, InDrift>>;
  /** Outputs that are compared, or cannot be seen. */
  readonly outputs?: Readonly<Record<string, InDrift>>;
}

/** One row of the table; the meanings may name only inputs that the row has. */
export function resourceKind<
  const Input extends string,
  const Root extends string,
  const Listed extends boolean = false,
>(row: Row<Input, Root, Listed>): Row<Input, Root, Listed> {
  return row;
}

type Row<Input extends string, Root extends string, Listed extends boolean> = ResourceKind<Input> & {
  readonly root: Root;
  readonly isListed?: Listed;
};

export const RECREATED_EMPTY = "`up` creates it again, empty: check first whether it can be restored";
export const FILES_STAY =
  "the tenant's files are on another backend from now on: NONE is copied, and the files on the old one stay (docs/backends.md)";
