/** A value that a preview cannot know yet: an output of something that does not exist so far. */
export class Unknown {
  static readonly value: Unknown = new Unknown();

  /** How it reads in messages for people. */
  toString(): string {
    return "(not known yet)";
  }
}

/** Whether `value` is, or has somewhere inside, a value that is not known yet. */
export function containsUnknown(value: unknown): boolean {
  if (value instanceof Unknown) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return typeof value === "object" && value !== null && Object.values(value).some(containsUnknown);
}
