#pragma once

// What Swift may ask of libcrypto and libssl. This header is the whole border: no OpenSSL type, macro or error queue crosses it.
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
    WH_DIGEST_BLAKE2B256 = 2,
    /// SHA-384, FIPS 180-4: 48 bytes.
    WH_DIGEST_SHA384 = 3,
    /// SHA-512, FIPS 180-4: 64 bytes.
    WH_DIGEST_SHA512 = 4
};

/// The longest digest.
enum { WH_DIGEST_MAX_BYTES = 64 };

/// Begins a digest. NULL when memory is short or libcrypto refuses the algorithm (MD5 under FIPS rules).
wh_digest *wh_digest_new(int algorithm);

/// Adds bytes. `bytes` may be NULL when `count` is 0.
int wh_digest_update(wh_digest *digest, const void *bytes, size_t count);

/// Ends the digest and writes it to `output`, which has room for `WH_DIGEST_MAX_BYTES`; `*length` becomes its length.
/// Afterwards the handle may only be freed.
int wh_digest_finish(wh_digest *digest, uint8_t *output, size_t *length);

/// Frees a handle; NULL is allowed.
void wh_digest_free(wh_digest *digest);

// MARK: Random bytes and comparison (random.c)

/// Fills `output` with `count` bytes that nobody can predict. 0 when the generator has no entropy.
int wh_random(uint8_t *output, size_t count);

/// 1 when the two blocks of `count` bytes are equal, else 0; the time depends on `count` only.
int wh_equal_constant_time(const void *left, const void *right, size_t count);

// MARK: TLS, the server's side (tls.c: contexts, tls_session.c: sessions, tls_tickets.c: session tickets)

/// A certificate with its key and every choice about TLS. Never changes; used by any number of threads at once.
typedef struct wh_tls_context wh_tls_context;

/// One connection. Its context outlives it. It does not own the descriptor.
typedef struct wh_tls_session wh_tls_session;

/// What could not be made of the files of a context.
enum wh_tls_part {
    /// libssl itself.
    WH_TLS_SETUP = 0,
    /// The file of the certificate and its chain.
    WH_TLS_CERTIFICATE = 1,
    /// The file of the key.
    WH_TLS_KEY = 2,
    /// Certificate and key, each readable, do not belong together.
    WH_TLS_PAIR = 3,
    /// The file of the authorities that sign clients' certificates.
    WH_TLS_AUTHORITY = 4
};

/// Reads PEM files and makes a context: TLS 1.2 and 1.3, forward secrecy and AEAD only, ALPN `http/1.1`, tickets.
///
/// `authority` may be NULL; otherwise clients must show a certificate signed by one of its certificates.
/// On failure NULL; `*part` is a `wh_tls_part`, and `reason` (of `size` bytes, at least 1) says why, without a newline.
wh_tls_context *wh_tls_context_new(
    const char *certificate, const char *key, const char *authority, int *part, char *reason, size_t size);

/// Frees a context; NULL is allowed.
void wh_tls_context_free(wh_tls_context *context);

/// When the certificate ends, in seconds since 1970; 0 when that cannot be told.
int64_t wh_tls_context_expiry(const wh_tls_context *context);

/// What an operation on a session came to.
enum wh_tls_outcome {
    /// All of it is done.
    WH_TLS_DONE = 0,
    /// Again, with the same arguments, when the descriptor is readable.
    WH_TLS_WANT_READ = 1,
    /// Again, with the same arguments, when the descriptor is writable.
    WH_TLS_WANT_WRITE = 2,
    /// The peer has ended the connection.
    WH_TLS_CLOSED = 3,
    /// The connection is broken; `wh_tls_reason` says why.
    WH_TLS_FAILED = 4
};

/// A session for an accepted, non-blocking descriptor. NULL when memory is short.
wh_tls_session *wh_tls_session_new(wh_tls_context *context, int descriptor);

/// Frees a session without a word to the peer; NULL is allowed.
void wh_tls_session_free(wh_tls_session *session);

/// Goes on with the handshake.
int wh_tls_handshake(wh_tls_session *session);

/// Reads at most `capacity` bytes. Done: `*count` is at least 1, and `*more` tells whether another read may find
/// something before the descriptor reports that it is readable again.
int wh_tls_read(wh_tls_session *session, void *bytes, size_t capacity, size_t *count, int *more);

/// Writes `count` bytes. `*written` tells how many are taken, also when the outcome is to try again with the rest.
int wh_tls_write(wh_tls_session *session, const void *bytes, size_t count, size_t *written);

/// Gathers what is written from now on, so that about 128 KiB go out in one system call. 0 when memory is short.
int wh_tls_cork(wh_tls_session *session);

/// Sends what is gathered and stops gathering.
int wh_tls_uncork(wh_tls_session *session);

/// 1 when the kernel encrypts (kTLS), so that `wh_tls_send_file` can be used.
int wh_tls_kernel_sends(const wh_tls_session *session);

/// Sends from a file by kTLS: `SSL_sendfile`. `*sent` tells how many bytes are taken; 0 at the end of the file.
int wh_tls_send_file(wh_tls_session *session, int file, int64_t offset, size_t count, size_t *sent);

/// Tells the peer that nothing more comes (close_notify), if the connection is not broken. Never waits.
void wh_tls_finish(wh_tls_session *session);

/// 1 when the client does not speak TLS, by its first byte: most likely HTTP.
int wh_tls_is_plain_http(const wh_tls_session *session);

/// Why the session failed, as one phrase that lives as long as the process; empty when it did not.
const char *wh_tls_reason(const wh_tls_session *session);

/// `TLSv1.3` or `TLSv1.2`, after the handshake.
const char *wh_tls_version(const wh_tls_session *session);

/// 1 when the session goes on from an earlier one by its ticket.
int wh_tls_is_resumed(const wh_tls_session *session);

#ifdef __cplusplus
}
#endif
