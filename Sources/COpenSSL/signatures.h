#pragma once

// What the files about signatures share. Private to this target: Swift sees COpenSSL.h only.

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "COpenSSL.h"

struct wh_key {
    EVP_PKEY *evp;
};

struct wh_certificate {
    X509 *x509;
};

/// libcrypto's digest of a `wh_digest_algorithm`; NULL for one that libcrypto 3.0 does not have.
const EVP_MD *wh_evp_digest(int algorithm);

/// Takes the key over, also when it fails. NULL for NULL and when memory is short.
wh_key *wh_key_adopt(EVP_PKEY *evp);

/// Takes the certificate over, also when it fails. NULL for NULL and when memory is short.
wh_certificate *wh_certificate_adopt(X509 *x509);

/// 1 when the name of a signature algorithm goes with a digest, both as NIDs: libcrypto does not look at it when the key
/// is one of ECDSA.
int wh_scheme_fits(int scheme, int digest);

/// A stack that refers to the certificates without owning them; NULL when memory is short.
STACK_OF(X509) *wh_certificate_stack(const wh_certificate *const *certificates, size_t count);

/// Copies bytes that libcrypto made, if they fit.
int wh_copy(const uint8_t *bytes, size_t count, uint8_t *output, size_t capacity, size_t *length);
