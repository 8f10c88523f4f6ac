#include <limits.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#include "signatures.h"

struct wh_timestamp {
    TS_RESP *response;
    int64_t time;
    /// A `wh_digest_algorithm`; -1 for any other than SHA-256, SHA-384 and SHA-512.
    int digest;
};

static int nid_of(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

/// The `wh_digest_algorithm`; -1 for any other than SHA-256, SHA-384 and SHA-512.
static int digest_of(const X509_ALGOR *algorithm) {
    switch (nid_of(algorithm)) {
        case NID_sha256: return WH_DIGEST_SHA256;
        case NID_sha384: return WH_DIGEST_SHA384;
        case NID_sha512: return WH_DIGEST_SHA512;
        default: return -1;
    }
}

/// A token alone, as the response that granted it.
static TS_RESP *response_of(const uint8_t **at, long count) {
    PKCS7 *token = d2i_PKCS7(NULL, at, count);
    TS_TST_INFO *info = token == NULL ? NULL : PKCS7_to_TS_TST_INFO(token);
    TS_RESP *response = info == NULL ? NULL : TS_RESP_new();
    if (response == NULL || TS_STATUS_INFO_set_status(TS_RESP_get_status_info(response), TS_STATUS_GRANTED) != 1) {
        TS_RESP_free(response);
        TS_TST_INFO_free(info);
        PKCS7_free(token);
        return NULL;
    }
    // The response owns both.
    TS_RESP_set_tst_info(response, token, info);
    return response;
}

/// 1 when the token says when what existed, and nothing critical that is not understood here.
static int read_token(wh_timestamp *timestamp) {
    TS_TST_INFO *info = TS_RESP_get_tst_info(timestamp->response);
    struct tm parts = {0};
    if (info == NULL || ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) != 1) return 0;
    timestamp->time = timegm(&parts);
    timestamp->digest = digest_of(TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)));
    return TS_TST_INFO_get_ext_by_critical(info, 1, -1) < 0;
}

wh_timestamp *wh_timestamp_new(const uint8_t *der, size_t count) {
    if (count > LONG_MAX) return NULL;
    wh_timestamp *timestamp = calloc(1, sizeof *timestamp);
    if (timestamp == NULL) return NULL;
    const uint8_t *at = der;
    timestamp->response = d2i_TS_RESP(NULL, &at, (long)count);
    if (timestamp->response == NULL) {
        at = der;
        timestamp->response = response_of(&at, (long)count);
    }
    int is_read = timestamp->response != NULL && at == der + count
        && (TS_RESP_get_token(timestamp->response) == NULL || read_token(timestamp));
    ERR_clear_error();
    if (is_read) return timestamp;
    wh_timestamp_free(timestamp);
    return NULL;
}

void wh_timestamp_free(wh_timestamp *timestamp) {
    if (timestamp == NULL) return;
    TS_RESP_free(timestamp->response);
    free(timestamp);
}

int wh_timestamp_is_granted(const wh_timestamp *timestamp) {
    return TS_RESP_get_token(timestamp->response) != NULL;
}

/// The only signer; NULL when there are several or none.
static PKCS7_SIGNER_INFO *only_signer(const wh_timestamp *timestamp) {
    STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(TS_RESP_get_token(timestamp->response));
    return sk_PKCS7_SIGNER_INFO_num(signers) == 1 ? sk_PKCS7_SIGNER_INFO_value(signers, 0) : NULL;
}

/// 1 when the attributes that name the signer's certificate (RFC 5035) are sequences where they are there: not every release
/// of libcrypto looks before it takes them for some.
static int has_sequences(PKCS7_SIGNER_INFO *signer) {
    const int attributes[] = {NID_id_smime_aa_signingCertificate, NID_id_smime_aa_signingCertificateV2};
    for (size_t index = 0; index < sizeof attributes / sizeof *attributes; index++) {
        const ASN1_TYPE *value = PKCS7_get_signed_attribute(signer, attributes[index]);
        if (value != NULL && value->type != V_ASN1_SEQUENCE) return 0;
    }
    return 1;
}

int wh_timestamp_is_sound(const wh_timestamp *timestamp) {
    PKCS7_SIGNER_INFO *signer = only_signer(timestamp);
    return signer != NULL && timestamp->digest >= 0 && digest_of(signer->digest_alg) >= 0 && has_sequences(signer)
        && wh_scheme_fits(nid_of(signer->digest_enc_alg), nid_of(signer->digest_alg));
}

int64_t wh_timestamp_time(const wh_timestamp *timestamp) {
    return timestamp->time;
}

int wh_timestamp_imprint(
    const wh_timestamp *timestamp, int *algorithm, uint8_t *output, size_t capacity, size_t *length) {
    *algorithm = timestamp->digest;
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(TS_RESP_get_tst_info(timestamp->response));
    const ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);
    return wh_copy(ASN1_STRING_get0_data(digest), (size_t)ASN1_STRING_length(digest), output, capacity, length);
}

wh_certificate *wh_timestamp_certificate(const wh_timestamp *timestamp, size_t index) {
    STACK_OF(X509) *certificates = TS_RESP_get_token(timestamp->response)->d.sign->cert;
    X509 *x509 = index >= (size_t)INT_MAX ? NULL : sk_X509_value(certificates, (int)index);
    if (x509 == NULL || X509_up_ref(x509) != 1) return NULL;
    return wh_certificate_adopt(x509);
}

int wh_timestamp_is_by(const wh_timestamp *timestamp, const wh_certificate *certificate) {
    const PKCS7_SIGNER_INFO *signer = only_signer(timestamp);
    if (signer == NULL) return 0;
    const PKCS7_ISSUER_AND_SERIAL *name = signer->issuer_and_serial;
    return X509_NAME_cmp(X509_get_issuer_name(certificate->x509), name->issuer) == 0
        && ASN1_INTEGER_cmp(X509_get0_serialNumber(certificate->x509), name->serial) == 0;
}

int wh_certificate_stamps(const wh_certificate *certificate) {
    // RFC 3161 §2.3: extended key usage timeStamping, critical and alone; key usage for nothing but signatures.
    int stamps = X509_check_purpose(certificate->x509, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1;
    ERR_clear_error();
    return stamps;
}

/// 1 when libcrypto takes the authority for the signer, and not another certificate of the same name and number.
static int is_signer(PKCS7 *token, STACK_OF(X509) *known, X509 *authority) {
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, known, 0);
    int is_authority = sk_X509_num(signers) == 1 && X509_cmp(sk_X509_value(signers, 0), authority) == 0;
    sk_X509_free(signers);
    return is_authority;
}

/// A store of roots, for chains at one time. NULL when memory is short.
static X509_STORE *store_of(const wh_certificate *const *roots, size_t count, int64_t time) {
    X509_STORE *store = X509_STORE_new();
    if (store == NULL) return NULL;
    X509_VERIFY_PARAM *demands = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(demands, (time_t)time);
    X509_VERIFY_PARAM_set_auth_level(demands, 2);
    for (size_t index = 0; index < count; index++) {
        if (X509_STORE_add_cert(store, roots[index]->x509) == 1) continue;
        X509_STORE_free(store);
        return NULL;
    }
    return store;
}

/// Takes the stack and the store over.
static int verify_response(
    TS_RESP *response, const uint8_t *digest, size_t count, STACK_OF(X509) *known, X509_STORE *store) {
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    uint8_t *imprint = OPENSSL_memdup(digest, count);
    if (context == NULL || imprint == NULL || known == NULL || store == NULL) {
        TS_VERIFY_CTX_free(context);
        OPENSSL_free(imprint);
        sk_X509_pop_free(known, X509_free);
        X509_STORE_free(store);
        return 0;
    }
    // The context owns what it is given.
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_SIGNATURE | TS_VFY_SIGNER);
    TS_VERIFY_CTX_set_imprint(context, imprint, (long)count);
    TS_VERIFY_CTX_set_store(context, store);
    TS_VERIFY_CTX_set_certs(context, known);
    int holds = TS_RESP_verify_response(context, response) == 1;
    TS_VERIFY_CTX_free(context);
    return holds;
}

int wh_timestamp_is_good(
    const wh_timestamp *timestamp, const uint8_t *digest, size_t digest_count, const wh_certificate *authority,
    const wh_certificate *const *others, size_t other_count, const wh_certificate *const *roots, size_t root_count) {
    if (digest_count > LONG_MAX || !wh_timestamp_is_granted(timestamp) || !wh_timestamp_is_sound(timestamp)) return 0;
    STACK_OF(X509) *known = wh_certificate_stack(others, other_count);
    int holds = known != NULL && sk_X509_unshift(known, authority->x509) > 0
        && is_signer(TS_RESP_get_token(timestamp->response), known, authority->x509)
        && verify_response(
            timestamp->response, digest, digest_count, X509_chain_up_ref(known),
            store_of(roots, root_count, timestamp->time));
    sk_X509_free(known);
    ERR_clear_error();
    return holds;
}

int wh_timestamp_verify(
    const uint8_t *response, size_t count, const uint8_t *data, size_t data_count, const wh_certificate *authority,
    const wh_certificate *const *others, size_t other_count, const wh_certificate *root, int64_t *time) {
    wh_timestamp *timestamp = wh_timestamp_new(response, count);
    const EVP_MD *function = timestamp == NULL ? NULL : wh_evp_digest(timestamp->digest);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    int holds = function != NULL && EVP_Digest(data, data_count, digest, &length, function, NULL) == 1
        && wh_timestamp_is_good(timestamp, digest, length, authority, others, other_count, &root, 1);
    if (holds) *time = timestamp->time;
    wh_timestamp_free(timestamp);
    ERR_clear_error();
    return holds;
}
