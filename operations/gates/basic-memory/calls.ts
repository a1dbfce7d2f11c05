/** One call of a tool. `{notes}` in an argument is the folder of the notes. */
export interface ToolCall {
  readonly tool: string;
  readonly as: "success" | "failure";
  readonly args: Readonly<Record<string, unknown>>;
}

const MEMORY = [
  "- [sighting] A kingfisher sat on the **weir** #river",
  "- [habit] It dives from the same branch",
  "- feeds_on [[Bullhead]]",
].join("\n");
const SCHEMA = { entity: "bird", version: 1, schema: { sighting: "string, where it was seen", "habit?": "string" } };

const success = (tool: string, args: ToolCall["args"] = {}): ToolCall => ({ tool, as: "success", args });
const failure = (tool: string, args: ToolCall["args"]): ToolCall => ({ tool, as: "failure", args });

/** Every tool of the pinned version, once for success and once for failure, in an order in which each finds what it needs. */
export const CALLS: readonly ToolCall[] = [
  success("write_note", {
    title: "Kingfisher",
    directory: "birds",
    content: MEMORY,
    note_type: "bird",
    tags: ["river"],
  }),
  failure("write_note", { title: "Kingfisher", directory: "birds", content: "another", overwrite: false }),
  success("write_note", { title: "Bullhead", directory: "fish", content: "Lies below stones. See [[Kingfisher]]." }),
  success("write_note", { title: "Bird", directory: "schemas", content: "", note_type: "schema", metadata: SCHEMA }),
  success("read_note", { identifier: "birds/kingfisher" }),
  failure("read_note", { identifier: "birds/no-such-bird" }),
  success("view_note", { identifier: "Kingfisher" }),
  failure("view_note", { identifier: "birds/no-such-bird" }),
  success("read_content", { path: "birds/Kingfisher.md" }),
  failure("read_content", { path: "../outside.md" }),
  success("edit_note", { identifier: "birds/kingfisher", operation: "append", content: "\n- [colour] blue" }),
  failure("edit_note", {
    identifier: "birds/kingfisher",
    operation: "find_replace",
    content: "x",
    find_text: "ostrich",
  }),
  success("search_notes", { query: "weir" }),
  failure("search_notes", { query: 'weir AND ("' }),
  success("search", { query: "kingfisher" }),
  failure("search", {}),
  success("fetch", { id: "birds/kingfisher" }),
  failure("fetch", { id: "birds/no-such-bird" }),
  success("build_context", { url: "memory://birds/*", depth: 2 }),
  failure("build_context", { url: "memory://" }),
  success("recent_activity", { timeframe: "7d" }),
  failure("recent_activity", { type: "no-such-type" }),
  success("list_directory", { dir_name: "/", depth: 3 }),
  failure("list_directory", { dir_name: "/", depth: 99 }),
  success("schema_infer", { note_type: "bird" }),
  failure("schema_infer", { note_type: "no-such-type" }),
  success("schema_validate", { note_type: "bird" }),
  failure("schema_validate", { identifier: "no/such-note" }),
  success("schema_diff", { note_type: "bird" }),
  failure("schema_diff", { note_type: "no-such-type" }),
  success("move_note", { identifier: "fish/bullhead", destination_path: "river/Bullhead.md" }),
  failure("move_note", { identifier: "river/bullhead", destination_path: "birds/Kingfisher.md" }),
  success("create_memory_project", { project_name: "second", project_path: "{notes}-second" }),
  failure("create_memory_project", { project_name: "second", project_path: "{notes}-third" }),
  success("list_memory_projects"),
  failure("list_memory_projects", { output_format: "no-such-format" }),
  success("list_workspaces"),
  failure("list_workspaces", { output_format: "no-such-format" }),
  success("basic_memory_diagnostics"),
  failure("basic_memory_diagnostics", { no: "such argument" }),
  success("delete_project", { project_name: "second" }),
  failure("delete_project", { project_name: "second" }),
  success("delete_note", { identifier: "river/bullhead" }),
  failure("delete_note", { identifier: "river/bullhead" }),
  success("search_notes", { query: "stones" }),
];

/** A handful: shows that the comparison works. Each call takes half a second of the processor on each side. */
export const FEW_CALLS: readonly ToolCall[] = CALLS.filter(({ tool }) => ["write_note", "search_notes"].includes(tool));

/** Tools after whose answer the server goes on working. */
export const CHANGING: readonly string[] = [
  "write_note",
  "edit_note",
  "move_note",
  "delete_note",
  "create_memory_project",
  "delete_project",
];

/** What a user does all day. Rounds do not meet: their notes have names of their own. */
export function timedCalls(label: string): readonly ToolCall[] {
  const note = `timed/${label}`;
  const content =
    "The heron stands in the reeds, and waits.\n- [habit] stands still #river\n- lives_beside [[Kingfisher]]\n";
  return [
    success("write_note", { title: label, directory: "timed", content }),
    success("read_note", { identifier: note }),
    success("edit_note", { identifier: note, operation: "append", content: `\n- [seen] ${label}` }),
    success("search_notes", { query: "heron" }),
    success("list_directory", { dir_name: "/timed" }),
    success("build_context", { url: `memory://${note}` }),
    success("recent_activity", { timeframe: "1d" }),
    success("move_note", { identifier: note, destination_path: `moved/${label}.md` }),
    success("delete_note", { identifier: `moved/${label}` }),
  ];
}
