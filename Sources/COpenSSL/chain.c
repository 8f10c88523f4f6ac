#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "signatures.h"

STACK_OF(X509) *wh_certificate_stack(const wh_certificate *const *certificates, size_t count) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t index = 0; stack != NULL && index < count; index++) {
        if (sk_X509_push(stack, certificates[index]->x509) > 0) continue;
        sk_X509_free(stack);
        stack = NULL;
    }
    return stack;
}

/// What is asked of every chain. Level 2 refuses SHA-1 and keys below 112 bits of strength.
static int set_demands(X509_STORE_CTX *context, int64_t time) {
    X509_VERIFY_PARAM *demands = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(demands, (time_t)time);
    X509_VERIFY_PARAM_set_depth(demands, 4);
    X509_VERIFY_PARAM_set_auth_level(demands, 2);
    return X509_VERIFY_PARAM_set_flags(demands, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE) == 1
        && X509_VERIFY_PARAM_set_purpose(demands, X509_PURPOSE_ANY) == 1;
}

/// The certificate above the leaf; the leaf itself when it is its own anchor.
static wh_certificate *issuer_of_leaf(X509_STORE_CTX *context) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    X509 *x509 = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);
    if (x509 == NULL || X509_up_ref(x509) != 1) return NULL;
    return wh_certificate_adopt(x509);
}

static int build(
    X509_STORE_CTX *context, X509_STORE *store, X509 *leaf, STACK_OF(X509) *others, int64_t time,
    wh_certificate **issuer, char *reason, size_t size) {
    if (X509_STORE_CTX_init(context, store, leaf, others) != 1 || !set_demands(context, time)) return 0;
    if (X509_verify_cert(context) != 1) {
        snprintf(reason, size, "%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
        return 0;
    }
    *issuer = issuer_of_leaf(context);
    return *issuer != NULL;
}

int wh_chain_verify(
    const wh_certificate *leaf, const wh_certificate *const *anchors, size_t anchor_count,
    const wh_certificate *const *others, size_t other_count, int64_t time, wh_certificate **issuer, char *reason,
    size_t size) {
    *issuer = NULL;
    snprintf(reason, size, "libcrypto failed");
    X509_STORE *store = X509_STORE_new();
    int is_ready = store != NULL;
    for (size_t index = 0; is_ready && index < anchor_count; index++) {
        is_ready = X509_STORE_add_cert(store, anchors[index]->x509) == 1;
    }
    STACK_OF(X509) *stack = wh_certificate_stack(others, other_count);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    int holds = is_ready && stack != NULL && context != NULL
        && build(context, store, leaf->x509, stack, time, issuer, reason, size);
    X509_STORE_CTX_free(context);
    sk_X509_free(stack);
    X509_STORE_free(store);
    ERR_clear_error();
    return holds;
}
