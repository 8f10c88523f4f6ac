#include "COpenSSL.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "blake2b.h"
#include "signatures.h"

// Either libcrypto's context or our own BLAKE2b: libcrypto 3.0 knows BLAKE2b only with an output of 64 bytes, and a
// shorter output is another function (the length is part of the first block), not a prefix.
struct wh_digest {
    EVP_MD_CTX *evp;
    struct blake2b blake2b;
};

const EVP_MD *wh_evp_digest(int algorithm) {
    switch (algorithm) {
        case WH_DIGEST_MD5: return EVP_md5();
        case WH_DIGEST_SHA1: return EVP_sha1();
        case WH_DIGEST_SHA256: return EVP_sha256();
        case WH_DIGEST_SHA384: return EVP_sha384();
        case WH_DIGEST_SHA512: return EVP_sha512();
        case WH_DIGEST_SHA3_256: return EVP_sha3_256();
        case WH_DIGEST_SHA3_512: return EVP_sha3_512();
        case WH_DIGEST_BLAKE2B512: return EVP_blake2b512();
        default: return NULL;
    }
}

static int begin_evp(struct wh_digest *digest, int algorithm) {
    const EVP_MD *type = wh_evp_digest(algorithm);
    if (type == NULL) return 0;
    digest->evp = EVP_MD_CTX_new();
    if (digest->evp == NULL) return 0;
    return EVP_DigestInit_ex(digest->evp, type, NULL) == 1;
}

wh_digest *wh_digest_new(int algorithm) {
    struct wh_digest *digest = calloc(1, sizeof *digest);
    if (digest == NULL) return NULL;
    if (algorithm == WH_DIGEST_BLAKE2B256) {
        blake2b_begin(&digest->blake2b, 32);
        return digest;
    }
    if (begin_evp(digest, algorithm)) return digest;
    // The queue of errors is per thread; what is left in it would be blamed on the next call.
    ERR_clear_error();
    wh_digest_free(digest);
    return NULL;
}

int wh_digest_update(wh_digest *digest, const void *bytes, size_t count) {
    if (count == 0) return 1;
    if (digest->evp == NULL) {
        blake2b_update(&digest->blake2b, bytes, count);
        return 1;
    }
    if (EVP_DigestUpdate(digest->evp, bytes, count) == 1) return 1;
    ERR_clear_error();
    return 0;
}

int wh_digest_finish(wh_digest *digest, uint8_t *output, size_t *length) {
    if (digest->evp == NULL) {
        blake2b_finish(&digest->blake2b, output);
        *length = 32;
        return 1;
    }
    unsigned int written = 0;
    if (EVP_DigestFinal_ex(digest->evp, output, &written) == 1) {
        *length = written;
        return 1;
    }
    ERR_clear_error();
    return 0;
}

void wh_digest_free(wh_digest *digest) {
    if (digest == NULL) return;
    EVP_MD_CTX_free(digest->evp);
    free(digest);
}

int wh_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t *output) {
    if (key_count > INT_MAX) return 0;
    unsigned int length = 0;
    if (HMAC(EVP_sha256(), key, (int)key_count, bytes, count, output, &length) != NULL && length == 32) return 1;
    ERR_clear_error();
    return 0;
}
