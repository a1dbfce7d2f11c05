// image-in-plans.ts IMAGE@sha256:… FILE: has every plan of FILE that runs an image of this name run exactly this one. The name
// is what comes last: ghcr.io/tenantry/reference-app:0.1.0 gives way to ghcr.io/acme/reference-app@sha256:…. Comments and
// layout stay. Says what it changed; exit code 1 when no plan runs such an image.
import { readFileSync, writeFileSync } from "node:fs";

const [image = "", file = ""] = process.argv.slice(2);
const name = /([^/]+)@sha256:[0-9a-f]{64}$/.exec(image)?.[1];
if (name === undefined) throw new Error(`image-in-plans.ts: "${image}" is no image with a digest`);

const nameOf = (text: string) => /([^/:@]+)(?::[^/@]*)?(?:@sha256:\w+)?$/.exec(text)?.[1];
const before = readFileSync(file, "utf8");
let found = 0;
const after = before.replaceAll(/^( +image: +)(\S+)/gm, (line, start: string, old: string) => {
  if (nameOf(old) !== name) return line;
  found += 1;
  return `${start}${image}`;
});
if (found === 0) {
  console.error(`image-in-plans.ts: no plan in ${file} runs an image that is called ${name}`);
  process.exitCode = 1;
} else {
  writeFileSync(file, after);
  console.log(`${found} plans run ${image}${after === before ? " already" : ""}.`);
}
