#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <time.h>

#include "signatures.h"

static int is_sound_digest(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int digest = OBJ_obj2nid(object);
    return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

/// 1 when exactly one signer signed, it is `authority`, and every digest is one of SHA-2.
static int is_signed_by(PKCS7 *token, STACK_OF(X509) *known, X509 *authority) {
    if (!PKCS7_type_is_signed(token)) return 0;
    STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(token);
    if (sk_PKCS7_SIGNER_INFO_num(infos) != 1) return 0;
    if (!is_sound_digest(sk_PKCS7_SIGNER_INFO_value(infos, 0)->digest_alg)) return 0;
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, known, 0);
    int is_authority = sk_X509_num(signers) == 1 && X509_cmp(sk_X509_value(signers, 0), authority) == 0;
    sk_X509_free(signers);
    return is_authority;
}

static int stated_time(TS_TST_INFO *info, int64_t *time) {
    struct tm parts = {0};
    if (info == NULL || ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) != 1) return 0;
    *time = timegm(&parts);
    return is_sound_digest(TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)));
}

/// A store of one root, for chains at one time. NULL when memory is short.
static X509_STORE *store_of(X509 *root, int64_t time) {
    X509_STORE *store = X509_STORE_new();
    if (store == NULL) return NULL;
    X509_VERIFY_PARAM *demands = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(demands, (time_t)time);
    X509_VERIFY_PARAM_set_auth_level(demands, 2);
    if (X509_STORE_add_cert(store, root) == 1) return store;
    X509_STORE_free(store);
    return NULL;
}

/// Takes the stack over.
static int verify_response(
    TS_RESP *response, const uint8_t *data, size_t count, X509 *root, STACK_OF(X509) *known, int64_t time) {
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    X509_STORE *store = store_of(root, time);
    BIO *input = BIO_new_mem_buf(data, (int)count);
    if (context == NULL || store == NULL || input == NULL) {
        TS_VERIFY_CTX_free(context);
        X509_STORE_free(store);
        BIO_free(input);
        sk_X509_pop_free(known, X509_free);
        return 0;
    }
    // The context owns what it is given.
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_data(context, input);
    TS_VERIFY_CTX_set_store(context, store);
    TS_VERIFY_CTX_set_certs(context, known);
    int holds = TS_RESP_verify_response(context, response) == 1;
    TS_VERIFY_CTX_free(context);
    return holds;
}

static int verify(
    TS_RESP *response, const uint8_t *data, size_t count, X509 *authority, STACK_OF(X509) *known, X509 *root,
    int64_t *time) {
    PKCS7 *token = TS_RESP_get_token(response);
    if (token == NULL || !is_signed_by(token, known, authority)) return 0;
    if (!stated_time(TS_RESP_get_tst_info(response), time)) return 0;
    STACK_OF(X509) *owned = X509_chain_up_ref(known);
    return owned != NULL && verify_response(response, data, count, root, owned, *time);
}

int wh_timestamp_verify(
    const uint8_t *response, size_t count, const uint8_t *data, size_t data_count, const wh_certificate *authority,
    const wh_certificate *const *others, size_t other_count, const wh_certificate *root, int64_t *time) {
    if (count > INT_MAX || data_count > INT_MAX) return 0;
    const uint8_t *at = response;
    TS_RESP *parsed = d2i_TS_RESP(NULL, &at, (long)count);
    STACK_OF(X509) *known = wh_certificate_stack(others, other_count);
    int holds = parsed != NULL && at == response + count && known != NULL
        && sk_X509_push(known, authority->x509) > 0
        && verify(parsed, data, data_count, authority->x509, known, root->x509, time);
    sk_X509_free(known);
    TS_RESP_free(parsed);
    ERR_clear_error();
    return holds;
}
