#pragma once

// What Swift may ask of libcrypto and libssl. The whole border: no OpenSSL type, macro or error queue crosses it.
//
// Handles are opaque and belong to whoever made them, who frees them exactly once. A handle may move between threads
// but is used by one thread at a time. Functions that can fail return 1 for done and 0 for failed; after 0 the handle
// may only be freed. No function keeps a pointer to the caller's memory.

#include <stddef.h>
#include <stdint.h>

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
    /// SHA-1: 20 bytes. For fingerprints of OpenPGP v4 keys, never for data.
    WH_DIGEST_SHA1 = 3,
    /// SHA-384, FIPS 180-4: 48 bytes.
    WH_DIGEST_SHA384 = 4,
    /// SHA-512, FIPS 180-4: 64 bytes.
    WH_DIGEST_SHA512 = 5,
    /// SHA3-256, FIPS 202: 32 bytes.
    WH_DIGEST_SHA3_256 = 6,
    /// SHA3-512, FIPS 202: 64 bytes.
    WH_DIGEST_SHA3_512 = 7,
    /// BLAKE2b with an output of 64 bytes, no key, RFC 7693.
    WH_DIGEST_BLAKE2B512 = 8
};

/// Begins a digest. NULL when memory is short or libcrypto refuses the algorithm (MD5 under FIPS rules).
wh_digest *wh_digest_new(int algorithm);

/// Adds bytes. `bytes` may be NULL when `count` is 0.
int wh_digest_update(wh_digest *digest, const void *bytes, size_t count);

/// Ends the digest and writes it to `output`, which has room for 64 bytes; `*length` becomes the digest's length.
/// Afterwards the handle may only be freed.
int wh_digest_finish(wh_digest *digest, uint8_t *output, size_t *length);

/// Frees a handle; NULL is allowed.
void wh_digest_free(wh_digest *digest);

/// HMAC with SHA-256 (RFC 2104); `output` has room for 32 bytes. 0 when libcrypto refuses.
int wh_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t *output);

// MARK: Random bytes and comparison (random.c)

/// Fills `output` with `count` bytes that nobody can predict. 0 when the generator has no entropy.
int wh_random(uint8_t *output, size_t count);

/// 1 when the two blocks of `count` bytes are equal, else 0; the time depends on `count` only.
int wh_equal_constant_time(const void *left, const void *right, size_t count);

// MARK: Passwords (password.c)

/// scrypt (RFC 7914) with N = 2^log_cost (1…24), r = 8, p = 1: takes 2^log_cost KiB of memory. 0 when there is none.
int wh_scrypt(const void *password, size_t password_count, const void *salt, size_t salt_count, int log_cost,
              uint8_t output[32]);

// MARK: TLS (tls.c: servers' contexts, tls_client.c: clients', tls_session.c: sessions, tls_tickets.c: session tickets)

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

/// What connections to servers share: whom they trust. `authority` is a file of certificates in PEM, NULL for those that
/// the system trusts. Freed by `wh_tls_context_free`.
///
/// On failure NULL, and `reason` (of `size` bytes, at least 1) says why, without a newline.
wh_tls_context *wh_tls_client_context_new(const char *authority, char *reason, size_t size);

/// A session for a connected, non-blocking descriptor: its handshake succeeds only with a server whose certificate is
/// trusted and for `host`, a name or an address. NULL when memory is short or `host` is empty.
wh_tls_session *wh_tls_client_session_new(wh_tls_context *context, int descriptor, const char *host);

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

/// 1 when the handshake failed because the client spoke HTTP without TLS.
int wh_tls_is_plain_http(const wh_tls_session *session);

/// Why the session failed, as one phrase that lives as long as the process; empty when it did not.
const char *wh_tls_reason(const wh_tls_session *session);

/// `TLSv1.3` or `TLSv1.2`, after the handshake.
const char *wh_tls_version(const wh_tls_session *session);

/// 1 when the session goes on from an earlier one by its ticket.
int wh_tls_is_resumed(const wh_tls_session *session);

// MARK: Public keys (key.c)
//
// Keys and certificates never change after they are made: any number of threads may use one at once.
// What is DER is refused when bytes are left over.

/// A public key.
typedef struct wh_key wh_key;

/// Which sort of key. The numbers are part of this border only.
enum wh_key_kind {
    /// One that nothing here verifies with: another algorithm or curve, or a curve given by its parameters.
    WH_KEY_OTHER = 0,
    WH_KEY_RSA = 1,
    WH_KEY_P256 = 2,
    WH_KEY_P384 = 3,
    WH_KEY_P521 = 4,
    WH_KEY_ED25519 = 5,
    WH_KEY_ED448 = 6
};

/// How a signature is made.
enum wh_scheme {
    /// ECDSA, the signature in DER (RFC 3279).
    WH_SCHEME_ECDSA = 0,
    /// ECDSA, the signature as r and s, each as long as the curve's order (IEEE P1363).
    WH_SCHEME_ECDSA_PAIR = 1,
    /// RSASSA-PKCS1-v1_5, RFC 8017.
    WH_SCHEME_RSA_PKCS1 = 2,
    /// RSASSA-PSS, RFC 8017; MGF1 with the same digest, the salt as long as the digest.
    WH_SCHEME_RSA_PSS = 3,
    /// Ed25519 or Ed448 over the message itself, RFC 8032; the digest algorithm has no meaning.
    WH_SCHEME_EDDSA = 4
};

/// A key from its SubjectPublicKeyInfo (RFC 5280), in DER. NULL when it is none.
wh_key *wh_key_from_spki(const uint8_t *der, size_t count);

/// An RSA key from its RSAPublicKey (RFC 8017), in DER. NULL when it is none.
wh_key *wh_key_from_pkcs1(const uint8_t *der, size_t count);

/// An RSA key from its two numbers, big-endian. NULL when they are no key.
wh_key *wh_key_from_rsa(
    const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent, size_t exponent_count);

/// A key of P-256, P-384 or P-521 from its point (SEC 1, uncompressed: 04, x, y). NULL when it is not on the curve.
wh_key *wh_key_from_point(int kind, const uint8_t *point, size_t count);

/// A key of Ed25519 or Ed448 from its 32 or 57 bytes. NULL when the length is another.
wh_key *wh_key_from_raw(int kind, const uint8_t *bytes, size_t count);

/// Frees a key; NULL is allowed.
void wh_key_free(wh_key *key);

/// A `wh_key_kind`.
int wh_key_kind_of(const wh_key *key);

/// The length of the modulus or of the curve's field, in bits.
int wh_key_bits(const wh_key *key);

/// 1 when the exponent of an RSA key is odd and at least 65537.
int wh_key_has_sound_exponent(const wh_key *key);

/// Writes the key's SubjectPublicKeyInfo in DER. 0 when `capacity` is too small: 4096 are enough for RSA of 16384 bits.
int wh_key_spki(const wh_key *key, uint8_t *output, size_t capacity, size_t *length);

/// Writes the 32 or 57 bytes of a key of Ed25519 or Ed448. 0 for another kind.
int wh_key_raw(const wh_key *key, uint8_t *output, size_t capacity, size_t *length);

/// 1 when the signature over the message is good; 0 when it is not, or could not be verified.
int wh_key_verify(
    const wh_key *key, int scheme, int digest, const uint8_t *message, size_t message_count, const uint8_t *signature,
    size_t signature_count);

/// As `wh_key_verify`, over a message of which only the digest is known. Never for `WH_SCHEME_EDDSA`.
int wh_key_verify_digest(
    const wh_key *key, int scheme, int digest, const uint8_t *value, size_t value_count, const uint8_t *signature,
    size_t signature_count);

// MARK: Certificates (certificate.c, chain.c)

/// A certificate of RFC 5280.
typedef struct wh_certificate wh_certificate;

/// What a certificate says of itself; several may hold.
enum wh_certificate_fact {
    /// Subject and issuer are equal.
    WH_CERTIFICATE_SELF_ISSUED = 1,
    /// Basic constraints name it an authority, whatever its key usage.
    WH_CERTIFICATE_AUTHORITY = 2,
    /// Key usage is there and has digitalSignature.
    WH_CERTIFICATE_SIGNS = 4,
    /// Extended key usage is there and has codeSigning.
    WH_CERTIFICATE_SIGNS_CODE = 8
};

/// A certificate from its DER. NULL when it is none, has an extension twice, or one that libcrypto cannot make sense of.
wh_certificate *wh_certificate_new(const uint8_t *der, size_t count);

/// Frees a certificate; NULL is allowed.
void wh_certificate_free(wh_certificate *certificate);

/// Writes the certificate's DER. 0 when `capacity` is too small.
int wh_certificate_der(const wh_certificate *certificate, uint8_t *output, size_t capacity, size_t *length);

/// A set of `wh_certificate_fact`.
int wh_certificate_facts(const wh_certificate *certificate);

/// Its key, to be freed. NULL when libcrypto does not know the algorithm.
wh_key *wh_certificate_key(const wh_certificate *certificate);

/// Its validity, in seconds since 1970. 0 when that cannot be told.
int wh_certificate_validity(const wh_certificate *certificate, int64_t *not_before, int64_t *not_after);

/// Writes the value of the extension with an OID such as `2.5.29.17`. 0 when it is absent or `capacity` is too small;
/// the length of the certificate is always enough.
int wh_certificate_extension(
    const wh_certificate *certificate, const char *oid, uint8_t *output, size_t capacity, size_t *length);

/// Writes the subject as one line of RFC 2253. 0 when `capacity` is too small.
int wh_certificate_subject(const wh_certificate *certificate, uint8_t *output, size_t capacity, size_t *length);

/// Writes the SubjectPublicKeyInfo of the certificate in DER.
int wh_certificate_spki(const wh_certificate *certificate, uint8_t *output, size_t capacity, size_t *length);

/// The certificates of an authority that chains may go over, and those where they must end. Any number of threads may use
/// one at once.
typedef struct wh_anchors wh_anchors;

/// The first `anchor_count` of the certificates are where chains end, the others may stand between. They are kept, and
/// need not outlive the call. NULL when memory is short.
wh_anchors *wh_anchors_new(const wh_certificate *const *certificates, size_t anchor_count, size_t count);

/// Frees them; NULL is allowed.
void wh_anchors_free(wh_anchors *anchors);

/// Builds and checks the chain from `leaf` to one of the anchors, at one time (RFC 5280 §6). Usage is not checked.
///
/// On success 1, and `*issuer`, to be freed, is the certificate above the leaf; the leaf itself when it is an anchor. On
/// failure 0, and `reason` (of `size` bytes, at least 1) says why. Signatures among the authority's own certificates, and
/// those of the last few leaves, are verified the first time only.
int wh_anchors_verify(
    wh_anchors *anchors, const wh_certificate *leaf, int64_t time, wh_certificate **issuer, char *reason,
    size_t size);

// MARK: Timestamps (timestamp.c)
//
// One thread at a time. What takes a token may be called only when one was granted.

/// A timestamp of RFC 3161.
typedef struct wh_timestamp wh_timestamp;

/// A timestamp from the DER of a TimeStampResp or of its token. NULL for others, and for unknown critical parts.
wh_timestamp *wh_timestamp_new(const uint8_t *der, size_t count);

/// Frees a timestamp; NULL is allowed.
void wh_timestamp_free(wh_timestamp *timestamp);

/// 1 when the authority granted what it was asked for: there is a token.
int wh_timestamp_is_granted(const wh_timestamp *timestamp);

/// 1 when the token has exactly one signer, every digest is one of SHA-256, SHA-384 and SHA-512, and the name of the
/// signature algorithm goes with it.
int wh_timestamp_is_sound(const wh_timestamp *timestamp);

/// The time that the token states, in seconds since 1970.
int64_t wh_timestamp_time(const wh_timestamp *timestamp);

/// Writes the digest of what is said to have existed, and its `wh_digest_algorithm`: -1 for one that is not taken here.
/// 0 when `capacity` is too small.
int wh_timestamp_imprint(
    const wh_timestamp *timestamp, int *algorithm, uint8_t *output, size_t capacity, size_t *length);

/// A certificate that came along, to be freed. NULL past the last.
wh_certificate *wh_timestamp_certificate(const wh_timestamp *timestamp, size_t index);

/// 1 when the only signer names this certificate as its own.
int wh_timestamp_is_by(const wh_timestamp *timestamp, const wh_certificate *certificate);

/// 1 when the certificate is one for timestamps and nothing else, as RFC 3161 §2.3 wants.
int wh_certificate_stamps(const wh_certificate *certificate);

/// 1 when the token is sound, over this digest, and made by `authority`, whose chain goes over `others` to one of the
/// roots at the time that the token states.
int wh_timestamp_is_good(
    const wh_timestamp *timestamp, const uint8_t *digest, size_t digest_count, const wh_certificate *authority,
    const wh_certificate *const *others, size_t other_count, const wh_certificate *const *roots, size_t root_count);

/// The same for the DER of a timestamp over `data`, with one root; `*time` becomes the time that it states.
int wh_timestamp_verify(
    const uint8_t *response, size_t count, const uint8_t *data, size_t data_count, const wh_certificate *authority,
    const wh_certificate *const *others, size_t other_count, const wh_certificate *root, int64_t *time);

// MARK: Signed data (cms.c)
//
// One thread at a time. Except for freeing, what takes a signer may be called only when there is exactly one.

/// Signed data of RFC 5652.
typedef struct wh_cms wh_cms;

/// Signed data from its DER. NULL when it is none.
wh_cms *wh_cms_new(const uint8_t *der, size_t count);

/// Frees signed data; NULL is allowed.
void wh_cms_free(wh_cms *cms);

/// 1 when the data itself is not inside.
int wh_cms_is_detached(const wh_cms *cms);

/// 1 when exactly one signer signed.
int wh_cms_has_one_signer(const wh_cms *cms);

/// 1 when the data is said to be data and nothing else, hashed with SHA-256, SHA-384 or SHA-512, and signed by an
/// algorithm that goes with it.
int wh_cms_is_sound(const wh_cms *cms);

/// A certificate that came along, to be freed. NULL past the last.
wh_certificate *wh_cms_certificate(const wh_cms *cms, size_t index);

/// 1 when the signer names this certificate as its own.
int wh_cms_is_by(const wh_cms *cms, const wh_certificate *certificate);

/// Begins to verify with the signer's certificate, whose chain is the caller's to check. 0 when libcrypto cannot, and
/// the second time.
int wh_cms_begin(wh_cms *cms, const wh_certificate *certificate);

/// Adds data after `wh_cms_begin`. 0 when libcrypto failed.
int wh_cms_update(wh_cms *cms, const void *bytes, size_t count);

/// 1 when the signature over the data that was added is good.
int wh_cms_finish(wh_cms *cms);
