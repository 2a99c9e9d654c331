"""What a wheel holds besides Python, as a CycloneDX document for its ``dist-info/sboms``.

METADATA says what powplasma needs. This says what METADATA cannot: which library is in the wheel, which
compiler made it, and whose code was linked into it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from powplasma_build.platforms import Platform

MEMBER = "sboms/powplasma.cdx.json"
"""Its path below ``dist-info``."""

_RUNTIME = {
    "type": "library",
    "name": "compiler-rt",
    "description": "LLVM's helpers of compiled code, as they come with zig; what is not called is left out",
    "licenses": [{"expression": "Apache-2.0 WITH LLVM-exception"}],
}

_MINGW = {
    "type": "library",
    "name": "mingw-w64",
    "description": "start of a DLL, and import libraries, as they come with zig",
    "licenses": [{"license": {"name": "ZPL-2.1 and public domain"}}],
}


def sbom(project: str, library: Path, platform: Platform, epoch: int) -> str:
    """The document for the wheel of ``platform``.

    Args:
        project: powplasma's version.
        library: the library in that wheel.
        platform: what it was compiled for.
        epoch: when, in seconds since 1970.
    """
    zig = version("ziglang")
    linked = [_RUNTIME, *([_MINGW] if platform.system == "windows" else [])]
    machine_code = {
        "type": "file",
        "bom-ref": "library",
        "name": f"powplasma/native/{library.name}",
        "hashes": [{"alg": "SHA-256", "content": sha256(library.read_bytes()).hexdigest()}],
        "licenses": [{"license": {"id": "MIT"}}],
    }
    components = [{**part, "bom-ref": part["name"], "version": f"zig-{zig}"} for part in linked]
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(),
            "tools": {"components": [{"type": "application", "name": "ziglang", "version": zig}]},
            "component": {
                "type": "library",
                "bom-ref": "powplasma",
                "name": "powplasma",
                "version": project,
                "purl": f"pkg:pypi/powplasma@{project}",
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": [machine_code, *components],
        "dependencies": [
            {"ref": "powplasma", "dependsOn": ["library"]},
            {"ref": "library", "dependsOn": [part["name"] for part in linked]},
        ],
    }
    return json.dumps(document, indent=1) + "\n"
