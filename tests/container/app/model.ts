import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "@jest/globals";
import fc from "fast-check";

import type { Place } from "./engines.ts";
import type { NoteBody, NotesApp } from "./notes-app.ts";

const IDS = ["n0", "n1", "n2", "n3"];
const WORDS = ["apple", "birch", "cedar"];

/** A note as the model knows it; undefined: there is none. */
type Known = { readonly title: string; readonly text: string; readonly tags: readonly string[] } | undefined;

type Step =
  | { readonly does: "put"; readonly id: string; readonly note: NonNullable<Known> }
  | { readonly does: "delete"; readonly id: string }
  | { readonly does: "edit-by-hand"; readonly id: string; readonly text: string }
  | { readonly does: "remove-by-hand"; readonly id: string }
  | { readonly does: "reindex" }
  | { readonly does: "compare" };

/** Some steps, then kill -9 so many milliseconds into one more write. */
export interface Life {
  readonly steps: readonly Step[];
  readonly last: Step & { does: "put" | "delete" };
  readonly killAfterMs: number;
}

const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }).map((some) => some.join(" "));
const id = fc.constantFrom(...IDS);
const note = fc.record({
  title: fc.constantFrom("A title", "null", "yes: no", "#1 'quoted' \"twice\"", "2024-01-01", "birch"),
  text: fc.oneof(
    words,
    fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replaceAll("\0", "0").toWellFormed()),
    fc.constant(`---\ntitle: not this\n---\ncedar\r\n`),
  ),
  tags: fc.uniqueArray(fc.constantFrom("apple", "t/1", "ü"), { maxLength: 2 }),
});
const put = fc.record({ does: fc.constant("put" as const), id, note });
const remove = fc.record({ does: fc.constant("delete" as const), id });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: put },
  { weight: 2, arbitrary: remove },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("edit-by-hand" as const), id, text: words }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("remove-by-hand" as const), id }) },
  { weight: 1, arbitrary: fc.constant({ does: "reindex" as const }) },
  { weight: 1, arbitrary: fc.constant({ does: "compare" as const }) },
);
export const life: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(step, { maxLength: 10 }),
  last: fc.oneof(put, put, remove),
  killAfterMs: fc.double({ min: 0, max: 12, noNaN: true }),
});

/** The service, and what has to be in it. */
export class Model {
  readonly #notes = new Map<string, Known>();
  readonly #place: Place;
  #app: NotesApp;

  constructor(place: Place, app: NotesApp) {
    this.#place = place;
    this.#app = app;
  }

  async live({ steps, last, killAfterMs }: Life): Promise<void> {
    for (const one of steps) await this.#take(one);
    await this.#dieDuring(last, killAfterMs);
    this.#app = await this.#place.start();
    await this.#resolve(last);
    await this.compare();
  }

  async #take(step: Step): Promise<void> {
    switch (step.does) {
      case "put":
        expect((await this.#app.put(step.id, step.note)).body.indexed).toBe(true);
        this.#notes.set(step.id, step.note);
        return;
      case "delete": {
        const { status } = await this.#app.ask("DELETE", `/notes/${step.id}`);
        expect(status).toBe(this.#notes.get(step.id) === undefined ? 404 : 204);
        this.#notes.delete(step.id);
        return;
      }
      case "edit-by-hand":
        await this.#place.byHand.write(fileOf(step.id), `${step.text}\n`);
        this.#notes.set(step.id, { title: step.id, text: `${step.text}\n`, tags: [] });
        return;
      case "remove-by-hand":
        await this.#place.byHand.remove(fileOf(step.id));
        this.#notes.delete(step.id);
        return;
      case "reindex":
        await this.#app.ask("POST", "/reindex");
        return;
      case "compare":
        await this.#app.ask("POST", "/reindex");
        await this.compare();
    }
  }

  async #dieDuring(step: Life["last"], afterMs: number): Promise<void> {
    const [method, body] = step.does === "put" ? ["PUT", step.note] : ["DELETE", undefined];
    const answer = this.#app.ask(method, `/notes/${step.id}`, body).then(
      ({ status }) => status,
      () => undefined,
    );
    await sleep(afterMs);
    await this.#app.kill();
    const status = await answer;
    // What was answered has to be there; what was not may be.
    if (status !== undefined && status < 300) this.#apply(step);
  }

  #apply(step: Life["last"]): void {
    this.#notes.set(step.id, step.does === "put" ? step.note : undefined);
  }

  /** Finds out which of the two allowed states the interrupted write left. */
  async #resolve(step: Life["last"]): Promise<void> {
    const before = this.#notes.get(step.id);
    const after = step.does === "put" ? step.note : undefined;
    const { status, body } = await this.#app.ask<NoteBody>("GET", `/notes/${step.id}`);
    const found = status === 404 ? undefined : { title: body.title, text: body.text, tags: body.tags };
    expect([before, after]).toContainEqual(found);
    this.#notes.set(step.id, found);
  }

  /** Every answer of the service is what the model says; and so are the files. */
  async compare(): Promise<void> {
    const app = this.#app;
    await app.current();
    const known = IDS.flatMap((one) => {
      const found = this.#notes.get(one);
      return found === undefined ? [] : [{ id: one, ...found }];
    });
    const read = await Promise.all(IDS.map((one) => app.ask<NoteBody>("GET", `/notes/${one}`)));
    const present = read.filter(({ status }) => status === 200).map(({ body }) => body);
    expect(present.map(({ id: one, title, text, tags }) => ({ id: one, title, text, tags }))).toEqual(known);

    const { body: list } = await app.ask<{ notes: NoteBody[]; complete: boolean }>("GET", "/notes");
    expect(list).toEqual({ notes: present.map(({ text: _, ...summary }) => summary), complete: true });

    const found = await Promise.all(WORDS.map((word) => this.#search(word)));
    expect(found).toEqual(WORDS.map((word) => known.filter((one) => hasWord(one, word)).map((one) => one.id)));
    const { byHand } = this.#place;
    const notes = (await byHand.names()).filter((name) => name.endsWith(".md"));
    expect(notes).toEqual(known.map((one) => fileOf(one.id)));
    const texts = await Promise.all(notes.map((name) => byHand.text(name)));
    expect(texts.every((text, position) => text.endsWith(known[position]?.text ?? ""))).toBe(true);
  }

  async #search(word: string): Promise<string[]> {
    const { body } = await this.#app.ask<{ notes: { id: string }[] }>("GET", `/search?q=${word}`);
    return body.notes.map((one) => one.id).sort();
  }
}

function fileOf(id: string): string {
  return `notes/${id}.md`;
}

function hasWord({ title, text, tags }: NonNullable<Known>, word: string): boolean {
  return new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}\\p{M}])`, "u").test([title, text, ...tags].join("\n"));
}
