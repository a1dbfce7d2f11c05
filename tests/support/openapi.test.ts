import { describe, expect, it } from "@jest/globals";

import { openApi } from "./openapi.ts";

const pets = openApi({
  openapi: "3.0.1",
  servers: [{ url: "https://pets.example/v1" }],
  paths: {
    "/pets/{id}": {
      get: { responses: { "200": { $ref: "#/components/responses/Pet" }, "404": { description: "gone" } } },
    },
    "/pets/all": {
      get: {
        responses: {
          "200": {
            content: { "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Pet" } } } },
          },
        },
      },
      post: {
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Animal" } } },
        },
        responses: { "202": { description: "no content" } },
      },
    },
    "/names": {
      get: {
        responses: {
          "200": {
            content: { "application/json": { schema: { $ref: "#/components/schemas/Animal/properties/name" } } },
          },
        },
      },
    },
  },
  components: {
    responses: { Pet: { content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } } } },
    schemas: {
      Animal: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, born: { type: "string", format: "date-time", nullable: true } },
      },
      Pet: {
        allOf: [
          { $ref: "#/components/schemas/Animal" },
          { type: "object", properties: { owner: { $ref: "#/components/schemas/Animal", nullable: true } } },
        ],
      },
    },
  },
});
const seen = (path: string, body: unknown, status = 200) => pets.answer({ method: "GET", path, status, body });

describe("an answer held against an OpenAPI document", () => {
  it("passes when it is as described, through references, allOf and nullable", () => {
    const body = { name: "Rex", born: null, owner: { name: "Ann", born: "2020-01-01T00:00:00Z" } };
    expect(seen("/v1/pets/7", body)).toEqual({ operation: "GET /v1/pets/{id}", documented: true, problems: [] });
    expect(seen("/v1/pets/7", { name: "Rex", owner: null }).problems).toEqual([]);
  });

  it("prefers a fixed segment to a parameter", () => {
    expect(seen("/v1/pets/all", [{ name: "Rex" }])).toEqual({
      operation: "GET /v1/pets/all",
      documented: true,
      problems: [],
    });
  });

  it.each([
    ["a missing property", {}],
    ["a wrong type", { name: 1 }],
    ["a wrong format", { name: "Rex", born: "yesterday" }],
    ["an unknown property", { name: "Rex", tail: true }],
    ["an unknown property further inside", { name: "Rex", owner: { name: "Ann", tail: true } }],
    ["a null where none may be", { name: null }],
    ["no body", undefined],
  ])("fails for %s", (_, body) => {
    expect(seen("/v1/pets/7", body).problems).not.toEqual([]);
  });

  it("tells an undocumented status and an unknown operation apart from a valid answer", () => {
    expect(seen("/v1/pets/7", {}, 500)).toEqual({ operation: "GET /v1/pets/{id}", documented: false, problems: [] });
    expect(seen("/v1/cars/7", {})).toEqual({
      operation: undefined,
      documented: false,
      problems: ["no such operation"],
    });
    expect(seen("/v1/pets/7", undefined, 404)).toMatchObject({ documented: true, problems: [] });
  });

  it("follows a reference into the middle of a schema", () => {
    expect(seen("/v1/names", "Rex").problems).toEqual([]);
    expect(seen("/v1/names", 7).problems).not.toEqual([]);
  });

  it("fails when a body comes where none is described", () => {
    const accepted = (body: unknown) =>
      pets.answer({ method: "POST", path: "/v1/pets/all", status: 202, body }).problems;
    expect(accepted(undefined)).toEqual([]);
    expect(accepted({})).not.toEqual([]);
  });

  it("holds requests against it too", () => {
    const create = (body: unknown) => pets.request({ method: "POST", path: "/v1/pets/all", body }).problems;
    expect(create({ name: "Rex" })).toEqual([]);
    expect(create(undefined)).not.toEqual([]);
    expect(create({ nam: "Rex" })).not.toEqual([]);
  });
});
