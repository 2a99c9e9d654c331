"""The node's words when it refuses a block before taking it, one name for each.

A node that says anything else may have the block nevertheless. Source: go-zenon ``verifier/errors.go``,
``vm/constants/errors.go``, ``chain/account_pool.go``, ``rpc/api/ledger.go``.
"""

from __future__ import annotations

from enum import StrEnum


class BlockRefusal(StrEnum):
    """Why a node does not take a block; the value is the node's text, or how it begins."""

    BLOCK_MISSING = "parameter must not be null"
    OTHER_NETWORK = "the block has a different network Id"
    TOKEN_STANDARD_UNKNOWN = "data non existent"  # noqa: S105 - no password
    HEIGHT_MISSING = "account-block height must be higher than 0"
    PREVIOUS_HASH_MUST_BE_ZERO = "account-block prevHash must be zero"
    PREVIOUS_HASH_MISSING = "account-block prevHash must not be zero"
    PREVIOUS_MISSING = "account-block previous block is missing"
    PREVIOUS_HAS_CEMENTED_ON_TOP = "account-block prevHash exists but it has a cemented block on top of it"
    PREVIOUS_HEIGHT_EXISTS = "account-block prevHeight is cemented but has different hash"
    MOMENTUM_MUST_NOT_BE_ZERO = "account-block momentum-acknowledged missing"
    MOMENTUM_MISSING = "account-block momentum-acknowledged points to missing momentum"
    MOMENTUM_GAP = "account-block momentum-acknowledged points to an older momentum than previous"
    VERSION_MISSING = "account-block version is missing"
    VERSION_INVALID = "account-block version is invalid"
    CHAIN_IDENTIFIER_MISSING = "momentum chain-identifier is missing"
    TYPE_MISSING = "account-block type is missing"
    TYPE_MUST_NOT_BE_GENESIS = "account-block type must not be genesis"
    TYPE_MUST_NOT_BE_BATCHED = "account-block type is invalid (batched blocks should not exist as stand-alone)"
    TYPE_CONTRACT_SEND = "can't apply BlockTypeContractSend"
    TYPE_UNSUPPORTED = "account-block type is not supported"
    TYPE_MUST_BE_CONTRACT = "account-block type is not suitable for contracts"
    TYPE_MUST_BE_USER = "account-block type is not suitable for user-blocks"
    AMOUNT_NEGATIVE = "account-block amount can't be negative"
    AMOUNT_TOO_BIG = "account-block amount is too big"
    AMOUNT_MUST_BE_ZERO = "account-block amount must be zero"
    TOKEN_STANDARD_MISSING = "account-block zts is missing (non-zero amount)"  # noqa: S105 - no password
    TOKEN_STANDARD_MUST_BE_ZERO = "account-block zts must be zero"  # noqa: S105 - no password
    TO_ADDRESS_MUST_BE_ZERO = "account-block to-address must be zero"
    FROM_BLOCK_HASH_MISSING = "account-block from-block-hash is nor provided"
    FROM_BLOCK_HASH_MUST_BE_ZERO = "account-block from-block-hash must be zero"
    FROM_BLOCK_MISSING = "account-block from-block doesn't exist"
    FROM_BLOCK_RECEIVER_MISMATCH = "account-block from-block receiver mismatch"
    FROM_BLOCK_ALREADY_RECEIVED = "account-block from-block already received"
    POW_INVALID = "account-block nonce/difficulty is invalid"
    NOT_ENOUGH_PLASMA = "not enough plasma on account"
    PLASMA_LIMIT_REACHED = "plasma limit for account-block reached"
    NOT_ENOUGH_TOTAL_PLASMA = "not enough TotalPlasma provided for account-block (PoW + Fused)"
    METHOD_NOT_FOUND = "method not found in the abi"
    DATA_TOO_BIG = "account-block data field is too big"
    VM_PANIC = "supervisor - VM panic"
    INSUFFICIENT_BALANCE = "insufficient balance for transfer"
    HASH_MISSING = "account-block hash must not be zero"
    HASH_INVALID = "account-block hash is different than the one computed"
    SIGNATURE_MISSING = "account-block signature is missing"
    SIGNATURE_INVALID = "account-block signature is invalid"
    PUBLIC_KEY_MISSING = "account-block publicKey is missing"
    PUBLIC_KEY_WRONG_ADDRESS = "account-block publicKey doesn't correspond to the address"
    DESCENDANTS_MUST_BE_EMPTY = "account-block descendant blocks must be empty"
    # A contract's own checks of a call. The node makes them when the call is published.
    CALL_TOKEN_OR_AMOUNT = "invalid token or amount"  # noqa: S105 - no password
    CALL_DATA = "invalid unpack method data"
    CALL_PERMISSION = "address cannot call this method"
    CALL_PARAMETER = "forbidden parameter"
    CALL_NAME = "invalid name"
    CALL_TOKEN_TEXT = "invalid token name/symbol/domain/decimals"  # noqa: S105 - no password
    CALL_TOKEN_SUPPLY = "invalid token total/max supply"  # noqa: S105 - no password
    CALL_STAKING_PERIOD = "invalid staking period"
    CALL_BASE64 = "invalid b64 decode"
    CALL_SIGNATURE = "invalid secp256k1 signature"
    CALL_SWAP_CODE = "invalid swap code"
    CALL_GUARDIANS = "invalid guardians"
    CALL_HASH_DIGEST = "invalid hash digest"
    CALL_ADDRESS = "invalid bech32 string"
    CONTRACT_MISSING = "contract doesn't exist"
    CONTRACT_ADDRESS_WRONG = "not a contract address"
    POOL_REFUSED = "failed to insert account-block-transaction"
    POOL_RATIO_WORSE = "plasma ratio is smaller for current block"
    POOL_HASH_WORSE = "hash tie-break is worse for current block"

    @classmethod
    def of(cls, message: str) -> BlockRefusal | None:
        """The refusal that a node's words are; None for words that are not known."""
        return next((refusal for refusal in cls if message.startswith(refusal.value)), None)
