"""What a release is made of and how it is checked: ``make dist`` and ``make release``.

Nothing of this is needed to build or to install powplasma; ``requirements.txt`` has the tools, pinned.
"""
