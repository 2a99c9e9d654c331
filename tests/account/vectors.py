"""The vector files of accounts, and the shortest way to a block and a wallet for tests."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "vectors"
BLOCKS: dict[str, Any] = json.loads((VECTORS / "account_block.json").read_text(encoding="utf-8"))
KEYS: dict[str, Any] = json.loads((VECTORS / "address_keys.json").read_text(encoding="utf-8"))
CALLS: dict[str, Any] = json.loads((VECTORS / "contract_calls.json").read_text(encoding="utf-8"))
KEY_FILES: dict[str, Any] = json.loads((VECTORS / "keystore.json").read_text(encoding="utf-8"))

COMPLETE = [case for section in ("sdkFixtures", "nodeMock", "mainnet", "generated") for case in BLOCKS[section]]
WORDS = KEYS["mnemonics"][0]["mnemonic"]
ADDRESS = "z1qqjnwjjpnue8xmmpanz6csze6tcmtzzdtfsww7"
OTHER_ADDRESS = "z1qr44l6ajstm5gfrvwtsrfg446y6mcv8r60v090"
EXTRA_TEXT = "pip install 'powplasma[wallet]'"
