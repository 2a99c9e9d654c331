"""Finding nonces: a pool of processes that lease disjoint nonce ranges."""
