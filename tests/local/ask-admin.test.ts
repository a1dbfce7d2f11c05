import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { askAdmin } from "../../local/cloud.ts";
import { startCloud, type TestCloud } from "../support/cloud.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.dispose());

/** What is wrong, with its code and what to do next, as a person reads it. */
const saysOf = async (call: Promise<unknown>) =>
  call.then(
    () => "it was answered",
    (error: unknown) => (error as Error).message,
  );

describe("a call to the embedded cloud's own address", () => {
  it("that is refused tells what the cloud says, and what to do", async () => {
    const says = await saysOf(askAdmin(cloud.home, "POST", "/switches", { "no.such": true }));
    expect(says).toMatch(/^CLOUD_CALL_REFUSED: POST \/switches: 4\d\d .*no\.such[^]*\n {2}next: /);
  });

  it("that is not answered in time tells so; when the cloud goes on, the next one is", async () => {
    const { pid } = cloud.descriptor.admin;
    process.kill(pid, "SIGSTOP");
    const says = await saysOf(askAdmin(cloud.home, "GET", "/calls", undefined, 300)).finally(() =>
      process.kill(pid, "SIGCONT"),
    );
    expect(says).toMatch(/^CLOUD_NOT_ANSWERING: GET \/calls: no answer within 0\.3 s\n {2}next: /);
    expect((await askAdmin(cloud.home, "GET", "/calls")).isOk).toBe(true);
  });

  it("says so when nothing answers at its address", async () => {
    await cloud.kill();
    const says = await saysOf(askAdmin(cloud.home, "GET", "/calls"));
    expect(says).toMatch(/^CLOUD_NOT_ANSWERING: GET \/calls: nothing answers at its address\n {2}next: /);
  });
});
