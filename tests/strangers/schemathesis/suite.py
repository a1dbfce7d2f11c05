"""schemathesis on the vendors' own OpenAPI files, against the embedded Fly and Turso. Prints `ok NAME` or `not ok NAME: why`.

It makes calls as the files describe them and calls as they forbid them. Held are: no fault of the server's own, and answers of
the documented shape. Which status refuses what, the files tell too seldom to be held."""

import json
import os
import subprocess
import sys
import urllib.request

SECONDS = 100
VENDORS = {
    "fly": (os.environ["FLY_FLAPS_BASE_URL"] + "/v1", os.environ["FLY_API_TOKEN"], {}),
    "turso": (os.environ["TURSO_API_BASEURL"], os.environ["TURSO_API_TOKEN"], {"organizationSlug": "tenantry-local"}),
}
CHECKS = ["not_a_server_error", "response_schema_conformance"]

# What is looked for is no answer 429.
url, token, _ = VENDORS["fly"]
request = urllib.request.Request(
    url.removesuffix("/v1") + "/_embedded/rate-limits",
    method="PUT",
    data=b'{"enabled": false}',
    headers={"authorization": f"Bearer {token}"},
)
urllib.request.urlopen(request).close()

for vendor, (url, token, parameters) in VENDORS.items():
    with open("schemathesis.toml", "w") as file:
        for name, value in parameters.items():
            file.write(f'[parameters]\n"{name}" = "{value}"\n')
    words = ["run", f"{vendor}.json", "--url", url, "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS),
             "--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--max-time", str(SECONDS), "--seed", "1",
             "--workers", "2", "--continue-on-failure", "--suppress-health-check", "all", "--no-color",
             "--report", "junit", "--report-junit-path", f"{vendor}.xml"]
    ran = subprocess.run(["schemathesis", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sys.stderr.write(ran.stdout)
    titles = {"not_a_server_error": "Server error", "response_schema_conformance": "Response violates schema"}
    if ran.returncode not in (0, 1):
        print(f"not ok {vendor}: schemathesis ended with {ran.returncode}", flush=True)
        continue
    for check, title in titles.items():
        found = [line for line in ran.stdout.splitlines() if line.strip().removeprefix("- ").startswith(title)]
        print(f"not ok {vendor} {check}: {len(found)} times" if found else f"ok {vendor} {check}", flush=True)
