"""Laid into the path of worker processes as ``sitecustomize``: makes the device that they open a faulty one.

FAULT says how: ``lies`` misses every good nonce of a first lease of FAULT_HASH and then reports a wrong one;
``fails`` works once, then its driver reports an error, and it cannot be opened again; ``crashes`` takes its process
with it at every search; ``breaks`` has an error of its driver at every search, but can be opened.
"""

import os

if os.environ.get("FAULT"):
    from pathlib import Path

    from powplasma.engine import worker
    from powplasma.errors import KernelUnavailable
    from powplasma.kernels import SearchResult

    real = worker.open_device

    def opened(name, intensity=None):
        fault, gone = os.environ["FAULT"], Path(os.environ["FAULT_MARK"])
        if gone.exists():
            raise KernelUnavailable(name, "it is gone")
        kernel = real(name, intensity)
        search, seen = kernel.search, []

        def faulty(data_hash, start, count, threshold, watch=None):
            if fault == "crashes":
                os._exit(9)
            if fault == "lies" and data_hash.hex() == os.environ["FAULT_HASH"]:
                seen.append(start)
                return SearchResult(None, count) if len(seen) == 1 else SearchResult(start, 1)
            if fault == "breaks":
                raise KernelUnavailable(name, "the device fails: OUT_OF_RESOURCES")
            if fault == "fails":
                seen.append(start)
                if len(seen) > 1:
                    gone.touch()
                    raise KernelUnavailable(name, "the device fails: OUT_OF_RESOURCES")
            return search(data_hash, start, count, threshold, watch)

        kernel.search = faulty
        return kernel

    worker.open_device = opened
