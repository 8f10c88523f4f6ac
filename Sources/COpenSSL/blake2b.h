#pragma once

// BLAKE2b without a key, RFC 7693. Private to this target: Swift sees COpenSSL.h only.

#include <stddef.h>
#include <stdint.h>

struct blake2b {
    uint64_t state[8];
    uint64_t count_low;   // bytes compressed so far, the low and the high half of a 128-bit number
    uint64_t count_high;
    uint8_t block[128];   // bytes that wait for a full block
    size_t waiting;       // how many, 0 … 128
    size_t output_count;  // the digest's length in bytes, 1 … 64
};

/// Begins a digest of `output_count` bytes, 1 … 64.
void blake2b_begin(struct blake2b *hash, size_t output_count);

/// Adds bytes.
void blake2b_update(struct blake2b *hash, const void *bytes, size_t count);

/// Writes the digest, `output_count` bytes.
void blake2b_finish(struct blake2b *hash, uint8_t *output);
