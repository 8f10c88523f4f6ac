#include <limits.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdlib.h>

#include "signatures.h"

struct wh_cms {
    CMS_ContentInfo *info;
    CMS_SignerInfo *signer;
    STACK_OF(X509) *certificates;
    /// The digests that the content runs through, begun by wh_cms_begin.
    BIO *content;
};

/// The only signer; NULL when there are several or none.
static CMS_SignerInfo *only_signer(CMS_ContentInfo *info) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(info);
    return sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
}

wh_cms *wh_cms_new(const uint8_t *der, size_t count) {
    if (count > LONG_MAX) return NULL;
    const uint8_t *at = der;
    CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &at, (long)count);
    wh_cms *cms = NULL;
    if (info != NULL && at == der + count && OBJ_obj2nid(CMS_get0_type(info)) == NID_pkcs7_signed) {
        cms = calloc(1, sizeof *cms);
    }
    ERR_clear_error();
    if (cms == NULL) {
        CMS_ContentInfo_free(info);
        return NULL;
    }
    cms->info = info;
    cms->signer = only_signer(info);
    cms->certificates = CMS_get1_certs(info);
    ERR_clear_error();
    return cms;
}

void wh_cms_free(wh_cms *cms) {
    if (cms == NULL) return;
    BIO_free_all(cms->content);
    sk_X509_pop_free(cms->certificates, X509_free);
    CMS_ContentInfo_free(cms->info);
    free(cms);
}

int wh_cms_is_detached(const wh_cms *cms) {
    return CMS_is_detached(cms->info) == 1;
}

int wh_cms_has_one_signer(const wh_cms *cms) {
    return cms->signer != NULL;
}

int wh_scheme_fits(int scheme, int digest) {
    int digest_of_scheme = NID_undef;
    return scheme == NID_rsaEncryption || scheme == NID_rsassaPss
        || (OBJ_find_sigid_algs(scheme, &digest_of_scheme, NULL) == 1 && digest_of_scheme == digest);
}

int wh_cms_is_sound(const wh_cms *cms) {
    X509_ALGOR *digest = NULL, *signature = NULL;
    const ASN1_OBJECT *digest_oid = NULL, *signature_oid = NULL;
    CMS_SignerInfo_get0_algs(cms->signer, NULL, NULL, &digest, &signature);
    X509_ALGOR_get0(&digest_oid, NULL, NULL, digest);
    X509_ALGOR_get0(&signature_oid, NULL, NULL, signature);
    int hash = OBJ_obj2nid(digest_oid);
    if (hash != NID_sha256 && hash != NID_sha384 && hash != NID_sha512) return 0;
    // libcrypto does not look at what the content claims to be.
    return OBJ_obj2nid(CMS_get0_eContentType(cms->info)) == NID_pkcs7_data
        && wh_scheme_fits(OBJ_obj2nid(signature_oid), hash);
}

wh_certificate *wh_cms_certificate(const wh_cms *cms, size_t index) {
    if (index >= (size_t)INT_MAX) return NULL;
    X509 *x509 = sk_X509_value(cms->certificates, (int)index);
    if (x509 == NULL || X509_up_ref(x509) != 1) return NULL;
    return wh_certificate_adopt(x509);
}

int wh_cms_is_by(const wh_cms *cms, const wh_certificate *certificate) {
    int is_by = CMS_SignerInfo_cert_cmp(cms->signer, certificate->x509) == 0;
    ERR_clear_error();
    return is_by;
}

int wh_cms_begin(wh_cms *cms, const wh_certificate *certificate) {
    if (cms->content != NULL) return 0;
    CMS_SignerInfo_set1_signer_cert(cms->signer, certificate->x509);
    BIO *sink = BIO_new(BIO_s_null());
    if (sink != NULL) cms->content = CMS_dataInit(cms->info, sink);
    if (cms->content == NULL) BIO_free(sink);
    ERR_clear_error();
    return cms->content != NULL;
}

int wh_cms_update(wh_cms *cms, const void *bytes, size_t count) {
    size_t written = 0;
    if (count == 0) return 1;
    int done = BIO_write_ex(cms->content, bytes, count, &written) == 1 && written == count;
    ERR_clear_error();
    return done;
}

int wh_cms_finish(wh_cms *cms) {
    // With signed attributes the signature covers them, and one of them is the content's digest.
    int has_attributes = CMS_signed_get_attr_count(cms->signer) >= 0;
    int holds = (!has_attributes || CMS_SignerInfo_verify(cms->signer) == 1)
        && CMS_SignerInfo_verify_content(cms->signer, cms->content) == 1;
    ERR_clear_error();
    return holds;
}
