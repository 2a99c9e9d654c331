"""Key files whose password costs next to nothing, for tests that are about something else."""

import dataclasses

import pytest

from powplasma.account import KeyFile, Wallet, keyfile
from powplasma.account.keyfile import Costs

CHEAP = Costs(time=1, memory=32, parallelism=4)


def cheap_key_file(wallet: Wallet, password: str) -> KeyFile:
    """A key file that states the least costs that Argon2id has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyfile, "NETWORK_COSTS", CHEAP)
        file = KeyFile.encrypt(wallet, password)
    return dataclasses.replace(file, costs=CHEAP)
