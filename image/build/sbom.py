#!/usr/bin/env python3
"""sbom.py NAME VERSION ARCH LOCK... < cargo-metadata.json: what the image is made of, as SPDX 2.3 (JSON): Debian packages by their lock, crates by
cargo's own account of what is compiled in."""

import json
import os
import sys
import time
from urllib.parse import quote


def package(number, name, version, licence, purl, **more):
    return {
        "SPDXID": f"SPDXRef-{number}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        "filesAnalyzed": False,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
        **more,
    }


def debian(locks):
    """Each package once; its licence text is in the image at usr/share/doc/NAME/copyright."""
    seen = set()
    for lock in locks:
        with open(lock, encoding="ascii") as file:
            for line in file:
                name, version, arch, digest = line.split()
                if (name, version, arch) not in seen:
                    seen.add((name, version, arch))
                    purl = f"pkg:deb/debian/{name}@{quote(version, safe='')}?arch={arch}&distro=debian-13"
                    yield name, version, "NOASSERTION", purl, {
                        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
                        "comment": f"licence: usr/share/doc/{name}/copyright in the image",
                    }


def crates(metadata):
    """What the programs of the image are compiled from: all that is reached from them without development dependencies."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    todo = [p["id"] for p in metadata["packages"] if p["name"] in ("meterpost-kiosk", "meterpost-bus")]
    reached = set()
    while todo:
        node = todo.pop()
        if node in reached:
            continue
        reached.add(node)
        for dependency in nodes[node]["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    for found in sorted((packages[i] for i in reached), key=lambda p: (p["name"], p["version"])):
        licence = (found["license"] or "NOASSERTION").replace("/", " OR ")
        yield found["name"], found["version"], licence, f"pkg:cargo/{found['name']}@{found['version']}", {}


def main(name, version, arch, *locks):
    found = list(debian(locks)) + list(crates(json.load(sys.stdin)))
    packages = [package(i, n, v, licence, purl, **more) for i, (n, v, licence, purl, more) in enumerate(found, 1)]
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"])))
    image = package("image", "meterpost-image", version, "NOASSERTION", f"pkg:generic/meterpost-image@{version}?arch={arch}")
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"urn:meterpost:image:{name}:{moment}",
        "creationInfo": {"created": moment, "creators": ["Tool: image/build/sbom.py"]},
        "packages": [image, *packages],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-image"}]
        + [{"spdxElementId": "SPDXRef-image", "relationshipType": "CONTAINS", "relatedSpdxElement": p["SPDXID"]} for p in packages],
    }
    json.dump(document, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
