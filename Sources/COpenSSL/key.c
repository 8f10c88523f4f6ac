#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "signatures.h"

wh_key *wh_key_adopt(EVP_PKEY *evp) {
    // The queue of errors is per thread; what is left in it would be blamed on the next call.
    ERR_clear_error();
    if (evp == NULL) return NULL;
    wh_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        EVP_PKEY_free(evp);
        return NULL;
    }
    key->evp = evp;
    return key;
}

int wh_copy(const uint8_t *bytes, size_t count, uint8_t *output, size_t capacity, size_t *length) {
    if (count > capacity) return 0;
    if (count > 0) memcpy(output, bytes, count);
    *length = count;
    return 1;
}

wh_key *wh_key_from_spki(const uint8_t *der, size_t count) {
    if (count > LONG_MAX) return NULL;
    const uint8_t *at = der;
    EVP_PKEY *evp = d2i_PUBKEY(NULL, &at, (long)count);
    if (evp != NULL && at != der + count) {
        EVP_PKEY_free(evp);
        evp = NULL;
    }
    return wh_key_adopt(evp);
}

wh_key *wh_key_from_pkcs1(const uint8_t *der, size_t count) {
    if (count > LONG_MAX) return NULL;
    const uint8_t *at = der;
    EVP_PKEY *evp = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)count);
    if (evp != NULL && at != der + count) {
        EVP_PKEY_free(evp);
        evp = NULL;
    }
    return wh_key_adopt(evp);
}

/// A key of the named algorithm from what is in `builder`.
static EVP_PKEY *key_from_parameters(const char *name, OSSL_PARAM_BLD *builder) {
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
    EVP_PKEY *evp = NULL;
    if (parameters != NULL && context != NULL && EVP_PKEY_fromdata_init(context) == 1) {
        if (EVP_PKEY_fromdata(context, &evp, EVP_PKEY_PUBLIC_KEY, parameters) != 1) evp = NULL;
    }
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    return evp;
}

wh_key *wh_key_from_rsa(
    const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent, size_t exponent_count) {
    if (modulus_count > 4096 || exponent_count > 4096) return NULL;
    BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *evp = NULL;
    if (n != NULL && e != NULL && builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        evp = key_from_parameters("RSA", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return wh_key_adopt(evp);
}

static const char *curve_name(int kind) {
    switch (kind) {
        case WH_KEY_P256: return SN_X9_62_prime256v1;
        case WH_KEY_P384: return SN_secp384r1;
        case WH_KEY_P521: return SN_secp521r1;
        default: return NULL;
    }
}

/// 1 when the key satisfies the equation of its curve.
static int is_on_curve(EVP_PKEY *evp) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, evp, NULL);
    int holds = context != NULL && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return holds;
}

wh_key *wh_key_from_point(int kind, const uint8_t *point, size_t count) {
    const char *curve = curve_name(kind);
    // libcrypto would take the compressed and the hybrid form too.
    if (curve == NULL || count == 0 || point[0] != POINT_CONVERSION_UNCOMPRESSED) return NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *evp = NULL;
    if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, count) == 1) {
        evp = key_from_parameters("EC", builder);
    }
    OSSL_PARAM_BLD_free(builder);
    if (evp != NULL && !is_on_curve(evp)) {
        EVP_PKEY_free(evp);
        evp = NULL;
    }
    return wh_key_adopt(evp);
}

wh_key *wh_key_from_raw(int kind, const uint8_t *bytes, size_t count) {
    int type = kind == WH_KEY_ED25519 ? EVP_PKEY_ED25519 : kind == WH_KEY_ED448 ? EVP_PKEY_ED448 : EVP_PKEY_NONE;
    if (type == EVP_PKEY_NONE) return NULL;
    return wh_key_adopt(EVP_PKEY_new_raw_public_key(type, NULL, bytes, count));
}

void wh_key_free(wh_key *key) {
    if (key == NULL) return;
    EVP_PKEY_free(key->evp);
    free(key);
}

/// The kind of a key on a named curve. Parameters that describe a known curve are refused too: RFC 5480 forbids them.
static int curve_kind(const EVP_PKEY *evp) {
    char encoding[32], name[64];
    size_t length = 0;
    int kind = WH_KEY_OTHER;
    if (EVP_PKEY_get_utf8_string_param(evp, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding, &length) == 1
        && strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0
        && EVP_PKEY_get_group_name(evp, name, sizeof name, &length) == 1) {
        for (int each = WH_KEY_P256; each <= WH_KEY_P521; each++) {
            if (strcmp(name, curve_name(each)) == 0) kind = each;
        }
    }
    ERR_clear_error();
    return kind;
}

int wh_key_kind_of(const wh_key *key) {
    switch (EVP_PKEY_get_base_id(key->evp)) {
        case EVP_PKEY_RSA: return WH_KEY_RSA;
        case EVP_PKEY_EC: return curve_kind(key->evp);
        case EVP_PKEY_ED25519: return WH_KEY_ED25519;
        case EVP_PKEY_ED448: return WH_KEY_ED448;
        default: return WH_KEY_OTHER;
    }
}

int wh_key_bits(const wh_key *key) {
    return EVP_PKEY_get_bits(key->evp);
}

int wh_key_has_sound_exponent(const wh_key *key) {
    BIGNUM *e = NULL;
    int is_sound = EVP_PKEY_get_bn_param(key->evp, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e)
        && (BN_num_bits(e) > 17 || BN_get_word(e) >= 65537);
    BN_free(e);
    ERR_clear_error();
    return is_sound;
}

int wh_key_spki(const wh_key *key, uint8_t *output, size_t capacity, size_t *length) {
    uint8_t *der = NULL;
    int count = i2d_PUBKEY(key->evp, &der);
    ERR_clear_error();
    if (count <= 0) return 0;
    int fits = wh_copy(der, (size_t)count, output, capacity, length);
    OPENSSL_free(der);
    return fits;
}

int wh_key_raw(const wh_key *key, uint8_t *output, size_t capacity, size_t *length) {
    *length = capacity;
    int done = EVP_PKEY_get_raw_public_key(key->evp, output, length) == 1;
    ERR_clear_error();
    return done;
}

// MARK: Verification

static int scheme_fits(const wh_key *key, int scheme) {
    switch (wh_key_kind_of(key)) {
        case WH_KEY_RSA: return scheme == WH_SCHEME_RSA_PKCS1 || scheme == WH_SCHEME_RSA_PSS;
        case WH_KEY_P256:
        case WH_KEY_P384:
        case WH_KEY_P521: return scheme == WH_SCHEME_ECDSA || scheme == WH_SCHEME_ECDSA_PAIR;
        case WH_KEY_ED25519:
        case WH_KEY_ED448: return scheme == WH_SCHEME_EDDSA;
        default: return 0;
    }
}

/// r and s as DER, to be freed with OPENSSL_free; NULL when the length is not that of the key's curve.
static uint8_t *der_of_pair(const wh_key *key, const uint8_t *pair, size_t count, size_t *length) {
    size_t half = ((size_t)wh_key_bits(key) + 7) / 8;
    if (count != 2 * half) return NULL;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(pair, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(pair + half, (int)half, NULL);
    if (signature == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(signature);
        return NULL;
    }
    uint8_t *der = NULL;
    int written = i2d_ECDSA_SIG(signature, &der);
    ECDSA_SIG_free(signature);
    if (written <= 0) return NULL;
    *length = (size_t)written;
    return der;
}

static int set_padding(EVP_PKEY_CTX *context, int scheme, const EVP_MD *digest) {
    switch (scheme) {
        case WH_SCHEME_RSA_PKCS1: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
        case WH_SCHEME_RSA_PSS:
            return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
        default: return 1;
    }
}

static int verify_message(
    const wh_key *key, int scheme, const EVP_MD *digest, const uint8_t *message, size_t message_count,
    const uint8_t *signature, size_t signature_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL;
    int good = context != NULL && EVP_DigestVerifyInit(context, &padding, digest, NULL, key->evp) == 1
        && set_padding(padding, scheme, digest)
        && EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static int verify_digest(
    const wh_key *key, int scheme, const EVP_MD *digest, const uint8_t *value, size_t value_count,
    const uint8_t *signature, size_t signature_count) {
    if (digest == NULL || value_count != (size_t)EVP_MD_get_size(digest)) return 0;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->evp, NULL);
    int good = context != NULL && EVP_PKEY_verify_init(context) == 1 && set_padding(context, scheme, digest)
        && EVP_PKEY_CTX_set_signature_md(context, digest) == 1
        && EVP_PKEY_verify(context, signature, signature_count, value, value_count) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

/// Either of the two above, after what they have in common.
static int verify(
    const wh_key *key, int scheme, int digest, int is_digest, const uint8_t *value, size_t value_count,
    const uint8_t *signature, size_t signature_count) {
    if (!scheme_fits(key, scheme)) return 0;
    const EVP_MD *type = scheme == WH_SCHEME_EDDSA ? NULL : wh_evp_digest(digest);
    // Without a digest libcrypto would choose one.
    if (type == NULL && scheme != WH_SCHEME_EDDSA) return 0;
    uint8_t *der = NULL;
    if (scheme == WH_SCHEME_ECDSA_PAIR) {
        der = der_of_pair(key, signature, signature_count, &signature_count);
        if (der == NULL) return 0;
        signature = der;
    }
    int good = is_digest ? verify_digest(key, scheme, type, value, value_count, signature, signature_count)
                         : verify_message(key, scheme, type, value, value_count, signature, signature_count);
    OPENSSL_free(der);
    return good;
}

int wh_key_verify(
    const wh_key *key, int scheme, int digest, const uint8_t *message, size_t message_count, const uint8_t *signature,
    size_t signature_count) {
    ERR_clear_error();
    int good = verify(key, scheme, digest, 0, message, message_count, signature, signature_count);
    ERR_clear_error();
    return good;
}

int wh_key_verify_digest(
    const wh_key *key, int scheme, int digest, const uint8_t *value, size_t value_count, const uint8_t *signature,
    size_t signature_count) {
    if (scheme == WH_SCHEME_EDDSA) return 0;
    ERR_clear_error();
    int good = verify(key, scheme, digest, 1, value, value_count, signature, signature_count);
    ERR_clear_error();
    return good;
}
