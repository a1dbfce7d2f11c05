"""schemathesis on the vendors' own OpenAPI files, against the embedded Fly and Turso. Prints `ok NAME` or `not ok NAME: why`.

It makes calls as the files describe them and calls as they forbid them, on an app, a machine, a volume, a group and a database
that are there. Held are: no fault of the server's own, and answers of the documented shape. Which status refuses what, the files
tell too seldom to be held."""

import json
import os
import re
import subprocess
import sys
import urllib.request

SECONDS = 60
FLY, TURSO = os.environ["FLY_FLAPS_BASE_URL"] + "/v1", os.environ["TURSO_API_BASEURL"]
TOKENS = {FLY: os.environ["FLY_API_TOKEN"], FLY.removesuffix("/v1"): os.environ["FLY_API_TOKEN"], TURSO: os.environ["TURSO_API_TOKEN"]}
ORGANIZATION = "tenantry-local"
# As schemathesis titles what each check finds.
CHECKS = {"not_a_server_error": "Server error", "response_schema_conformance": "Response violates schema"}


def ask(base, method, path, body):
    request = urllib.request.Request(
        base + path,
        method=method,
        data=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {TOKENS[base]}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def fly_things():
    ask(FLY.removesuffix("/v1"), "PUT", "/_embedded/rate-limits", {"enabled": False})
    ask(FLY, "POST", "/apps", {"name": "probed", "org_slug": ORGANIZATION})
    volume = ask(FLY, "POST", "/apps/probed/volumes", {"name": "data", "region": "iad", "size_gb": 1})
    machine = ask(FLY, "POST", "/apps/probed/machines", {"region": "iad", "config": {"image": "registry.example/a:1"}})
    return {"app_name": "probed", "org_slug": ORGANIZATION, "machine_id": machine["id"], "volume_id": volume["id"]}


def turso_things():
    own = f"/v1/organizations/{ORGANIZATION}"
    ask(TURSO, "POST", f"{own}/groups", {"name": "probed", "location": "aws-us-east-1"})
    ask(TURSO, "POST", f"{own}/databases", {"name": "probed", "group": "probed"})
    return {"organizationSlug": ORGANIZATION, "groupName": "probed", "databaseName": "probed"}


for vendor, url, make in [("fly", FLY, fly_things), ("turso", TURSO, turso_things)]:
    with open("schemathesis.toml", "w") as file:
        file.write("[parameters]\n" + "".join(f'{name} = "{value}"\n' for name, value in make().items()))
    # Nothing is deleted: the calls that follow would find nothing. `wait` waits longer than schemathesis does, and where machines
    # are records `exec` says that it cannot be done. One worker: with two, 4.32.5 breaks off by itself now and then.
    words = ["run", f"{vendor}.json", "--url", url, "--header", f"Authorization: Bearer {TOKENS[url]}", "--exclude-method", "DELETE",
             "--exclude-path-regex", "/machines/{machine_id}/(wait|exec)$",
             "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-time", str(SECONDS), "--seed", "1",
             "--workers", "1", "--continue-on-failure", "--suppress-health-check", "all", "--no-color"]
    ran = subprocess.run(["schemathesis", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sys.stderr.write(ran.stdout)
    if ran.returncode not in (0, 1) or "\nErrors:\n" in ran.stdout or "Test cases:" not in ran.stdout:
        print(f"not ok {vendor}: schemathesis broke off with {ran.returncode}", flush=True)
    operation, found = "", {title: set() for title in CHECKS.values()}
    for line in ran.stdout.splitlines():
        operation = (re.findall(r"^_+ ([A-Z]+ /\S*) _+$", line) or [operation])[0]
        for title in re.findall(r"^- ST\d+ (.*?)(?: \(.*)?$", line):
            found.setdefault(title, set()).add(operation)
    for title, operations in found.items():
        if not operations:
            print(f"ok {vendor}: no {title}", flush=True)
        for operation in sorted(operations):
            print(f"not ok {vendor} {operation}: {title}", flush=True)
