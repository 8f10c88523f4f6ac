#pragma once

// What Swift may ask of libcrypto. This header is the whole border: no OpenSSL type, macro or error queue crosses it.
//
// Handles are opaque and belong to whoever made them, who frees them exactly once. A handle may move between threads
// but is used by one thread at a time. Functions that can fail return 1 for done and 0 for failed; after 0 the handle
// may only be freed. No function keeps a pointer to the caller's memory.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Digests (digest.c, blake2b.c)

/// A running computation of one digest.
typedef struct wh_digest wh_digest;

/// Which digest. The numbers are part of this border only and are never stored.
enum wh_digest_algorithm {
    /// MD5, RFC 1321: 16 bytes. For comparing with what old clients declare, never for trust.
    WH_DIGEST_MD5 = 0,
    /// SHA-256, FIPS 180-4: 32 bytes.
    WH_DIGEST_SHA256 = 1,
    /// BLAKE2b with an output of 32 bytes, no key, RFC 7693.
    WH_DIGEST_BLAKE2B256 = 2
};

/// Begins a digest. NULL when memory is short or libcrypto refuses the algorithm (MD5 under FIPS rules).
wh_digest *wh_digest_new(int algorithm);

/// Adds bytes. `bytes` may be NULL when `count` is 0.
int wh_digest_update(wh_digest *digest, const void *bytes, size_t count);

/// Ends the digest and writes it to `output`, which has room for 32 bytes; `*length` becomes 16 or 32.
/// Afterwards the handle may only be freed.
int wh_digest_finish(wh_digest *digest, uint8_t *output, size_t *length);

/// Frees a handle; NULL is allowed.
void wh_digest_free(wh_digest *digest);

// MARK: Random bytes and comparison (random.c)

/// Fills `output` with `count` bytes that nobody can predict. 0 when the generator has no entropy.
int wh_random(uint8_t *output, size_t count);

/// 1 when the two blocks of `count` bytes are equal, else 0; the time depends on `count` only.
int wh_equal_constant_time(const void *left, const void *right, size_t count);

#ifdef __cplusplus
}
#endif
