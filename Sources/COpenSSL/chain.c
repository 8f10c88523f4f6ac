#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/// One job signs all files of a release with one certificate; few jobs run at once.
enum { LEAF_LIMIT = 64 };

/// A leaf whose signature was good, and under whose key.
struct leaf {
    uint8_t sha256[32];
    X509 *issuer;
};

/// The trusted certificates of one authority, and which signatures libcrypto has found good: those among these
/// certificates, and those of the leaves that came last.
///
/// A signature stays good, so it need not be verified again; all else that is asked of a chain is asked each time.
struct wh_anchors {
    X509_STORE *store;
    /// What may stand between an anchor and a leaf.
    STACK_OF(X509) *others;
    /// Anchors and others, and of each the issuer under whose key its signature was good; NULL while none is known.
    size_t count;
    X509 **certificates;
    _Atomic(X509 *) *issuers;
    /// Guards the leaves: a ring, of which the oldest gives way.
    pthread_mutex_t mutex;
    struct leaf leaves[LEAF_LIMIT];
    size_t oldest;
};

/// Where the issuer of a certificate is noted; NULL for a certificate that is not the authority's own.
static _Atomic(X509 *) *issuer_of(const wh_anchors *anchors, const X509 *certificate) {
    for (size_t index = 0; index < anchors->count; index++) {
        if (anchors->certificates[index] == certificate) return &anchors->issuers[index];
    }
    return NULL;
}

/// 1 when the leaf's signature is good under the key of the certificate above it.
static int leaf_is_signed(wh_anchors *anchors, X509 *x509, X509 *above) {
    struct leaf leaf = {.issuer = above};
    unsigned int length = 0;
    int has_digest = X509_digest(x509, EVP_sha256(), leaf.sha256, &length) == 1 && length == sizeof leaf.sha256;
    int is_known = 0;
    pthread_mutex_lock(&anchors->mutex);
    for (size_t index = 0; has_digest && !is_known && index < LEAF_LIMIT; index++) {
        const struct leaf *known = &anchors->leaves[index];
        is_known = known->issuer == above && memcmp(known->sha256, leaf.sha256, sizeof leaf.sha256) == 0;
    }
    pthread_mutex_unlock(&anchors->mutex);
    if (is_known) return 1;
    EVP_PKEY *key = X509_get0_pubkey(above);
    if (key == NULL || X509_verify(x509, key) != 1) return 0;
    // Only the authority's own certificates live as long as what points to them.
    if (!has_digest || issuer_of(anchors, above) == NULL) return 1;
    pthread_mutex_lock(&anchors->mutex);
    anchors->leaves[anchors->oldest] = leaf;
    anchors->oldest = (anchors->oldest + 1) % LEAF_LIMIT;
    pthread_mutex_unlock(&anchors->mutex);
    return 1;
}

static X509 *certificate_above(STACK_OF(X509) *chain, int depth) {
    int last = sk_X509_num(chain) - 1;
    return sk_X509_value(chain, depth < last ? depth + 1 : last);
}

static int is_valid_now(X509_STORE_CTX *context, X509 *x509) {
    const X509_VERIFY_PARAM *demands = X509_STORE_CTX_get0_param(context);
    return X509_cmp_timeframe(demands, X509_get0_notBefore(x509), X509_get0_notAfter(x509)) == 0;
}

/// 1 when all that libcrypto's last step asks holds without verifying a signature anew that was good before.
static int holds_already(wh_anchors *anchors, X509_STORE_CTX *context) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    int count = sk_X509_num(chain);
    if (count < 2) return 0;
    for (int depth = 1; depth < count; depth++) {
        X509 *x509 = sk_X509_value(chain, depth);
        _Atomic(X509 *) *issuer = issuer_of(anchors, x509);
        if (issuer == NULL || *issuer != certificate_above(chain, depth) || !is_valid_now(context, x509)) return 0;
    }
    X509 *leaf = sk_X509_value(chain, 0), *above = sk_X509_value(chain, 1);
    return is_valid_now(context, leaf) && X509_check_issued(above, leaf) == X509_V_OK
        && leaf_is_signed(anchors, leaf, above);
}

/// What `verify_links` finds in its context.
struct links {
    wh_anchors *anchors;
    /// libcrypto's own step.
    X509_STORE_CTX_verify_fn verify_all;
};

/// The last step of X509_verify_cert(3) but for name constraints, signatures and validity, in place of libcrypto's own:
/// what is not known to hold is left to libcrypto, which also says why it does not.
static int verify_links(X509_STORE_CTX *context) {
    const struct links *links = X509_STORE_CTX_get_app_data(context);
    if (holds_already(links->anchors, context)) return 1;
    ERR_clear_error();
    if (links->verify_all(context) != 1) return 0;
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    for (int depth = 0; depth < sk_X509_num(chain); depth++) {
        _Atomic(X509 *) *issuer = issuer_of(links->anchors, sk_X509_value(chain, depth));
        if (issuer != NULL) *issuer = certificate_above(chain, depth);
    }
    return 1;
}

static int build(
    wh_anchors *anchors, X509_STORE_CTX *context, X509 *leaf, int64_t time, wh_certificate **issuer,
    char *reason, size_t size) {
    if (X509_STORE_CTX_init(context, anchors->store, leaf, anchors->others) != 1 || !set_demands(context, time)) {
        return 0;
    }
    struct links links = {anchors, X509_STORE_CTX_get_verify(context)};
    if (X509_STORE_CTX_set_app_data(context, &links) != 1) return 0;
    X509_STORE_CTX_set_verify(context, verify_links);
    if (X509_verify_cert(context) != 1) {
        snprintf(reason, size, "%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
        return 0;
    }
    X509 *above = certificate_above(X509_STORE_CTX_get0_chain(context), 0);
    if (above == NULL || X509_up_ref(above) != 1) return 0;
    *issuer = wh_certificate_adopt(above);
    return *issuer != NULL;
}

int wh_anchors_verify(
    wh_anchors *anchors, const wh_certificate *leaf, int64_t time, wh_certificate **issuer, char *reason,
    size_t size) {
    *issuer = NULL;
    snprintf(reason, size, "libcrypto failed");
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    int holds = context != NULL && build(anchors, context, leaf->x509, time, issuer, reason, size);
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return holds;
}

/// Puts one more of the authority's own certificates where it belongs.
static int add(wh_anchors *anchors, const wh_certificate *certificate, int is_anchor) {
    if (is_anchor ? X509_STORE_add_cert(anchors->store, certificate->x509) != 1
                  : sk_X509_push(anchors->others, certificate->x509) <= 0) {
        return 0;
    }
    if (X509_up_ref(certificate->x509) != 1) return 0;
    anchors->certificates[anchors->count++] = certificate->x509;
    return 1;
}

wh_anchors *wh_anchors_new(
    const wh_certificate *const *certificates, size_t anchor_count, size_t count) {
    wh_anchors *anchors = calloc(1, sizeof *anchors);
    if (anchors == NULL) return NULL;
    if (pthread_mutex_init(&anchors->mutex, NULL) != 0) {
        free(anchors);
        return NULL;
    }
    anchors->store = X509_STORE_new();
    anchors->others = sk_X509_new_null();
    anchors->certificates = calloc(count + 1, sizeof *anchors->certificates);
    anchors->issuers = calloc(count + 1, sizeof *anchors->issuers);
    int is_ready = anchors->store != NULL && anchors->others != NULL && anchors->certificates != NULL
        && anchors->issuers != NULL;
    for (size_t index = 0; is_ready && index < count; index++) {
        is_ready = add(anchors, certificates[index], index < anchor_count);
    }
    ERR_clear_error();
    if (is_ready) return anchors;
    wh_anchors_free(anchors);
    return NULL;
}

void wh_anchors_free(wh_anchors *anchors) {
    if (anchors == NULL) return;
    for (size_t index = 0; index < anchors->count; index++) X509_free(anchors->certificates[index]);
    X509_STORE_free(anchors->store);
    sk_X509_free(anchors->others);
    free(anchors->certificates);
    free(anchors->issuers);
    pthread_mutex_destroy(&anchors->mutex);
    free(anchors);
}
