"""What a person should know about the kernel that serves."""

from __future__ import annotations

from powplasma.kernels import failures

from .output import note


def kernel_notices(serving: str, asked: str | None) -> None:
    """Says when a kernel turned out broken, and when plain Python serves without being asked for.

    Args:
        serving: name of the kernel that serves.
        asked: the one asked for by option, environment or settings file, or None.
    """
    broken: dict[str, list[str]] = {}
    for status in failures():
        broken.setdefault(status.why, []).append(status.name)
    for why, names in broken.items():
        note(f"broken kernel {', '.join(names)} ({why}); {serving} serves instead")
    if serving == "python" and asked is None:
        note(
            "plain Python does the hashing, which is slow; `powplasma info` says why, and `POWPLASMA_NATIVE=yes "
            "pip install --force-reinstall powplasma` builds the native kernels or says what is missing"
        )
