#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#include "signatures.h"

wh_certificate *wh_certificate_adopt(X509 *x509) {
    ERR_clear_error();
    if (x509 == NULL) return NULL;
    wh_certificate *certificate = calloc(1, sizeof *certificate);
    if (certificate == NULL) {
        X509_free(x509);
        return NULL;
    }
    certificate->x509 = x509;
    return certificate;
}

/// 1 when no extension occurs twice (RFC 5280 §4.2) and libcrypto understands those that it knows.
static int has_sound_extensions(X509 *x509) {
    for (int index = 0; index < X509_get_ext_count(x509); index++) {
        const ASN1_OBJECT *oid = X509_EXTENSION_get_object(X509_get_ext(x509, index));
        if (X509_get_ext_by_OBJ(x509, oid, index) >= 0) return 0;
    }
    return (X509_get_extension_flags(x509) & EXFLAG_INVALID) == 0;
}

wh_certificate *wh_certificate_new(const uint8_t *der, size_t count) {
    if (count > LONG_MAX) return NULL;
    const uint8_t *at = der;
    X509 *x509 = d2i_X509(NULL, &at, (long)count);
    if (x509 != NULL && (at != der + count || !has_sound_extensions(x509))) {
        X509_free(x509);
        x509 = NULL;
    }
    return wh_certificate_adopt(x509);
}

void wh_certificate_free(wh_certificate *certificate) {
    if (certificate == NULL) return;
    X509_free(certificate->x509);
    free(certificate);
}

int wh_certificate_der(const wh_certificate *certificate, uint8_t *output, size_t capacity, size_t *length) {
    uint8_t *der = NULL;
    int count = i2d_X509(certificate->x509, &der);
    ERR_clear_error();
    if (count <= 0) return 0;
    int fits = wh_copy(der, (size_t)count, output, capacity, length);
    OPENSSL_free(der);
    return fits;
}

int wh_certificate_facts(const wh_certificate *certificate) {
    X509 *x509 = certificate->x509;
    uint32_t flags = X509_get_extension_flags(x509);
    int facts = 0;
    if (flags & EXFLAG_SI) facts |= WH_CERTIFICATE_SELF_ISSUED;
    if (flags & EXFLAG_CA) facts |= WH_CERTIFICATE_AUTHORITY;
    // Without the extension libcrypto answers that every usage is allowed.
    if ((flags & EXFLAG_KUSAGE) && (X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE)) facts |= WH_CERTIFICATE_SIGNS;
    if ((flags & EXFLAG_XKUSAGE) && (X509_get_extended_key_usage(x509) & XKU_CODE_SIGN)) {
        facts |= WH_CERTIFICATE_SIGNS_CODE;
    }
    ERR_clear_error();
    return facts;
}

wh_key *wh_certificate_key(const wh_certificate *certificate) {
    return wh_key_adopt(X509_get_pubkey(certificate->x509));
}

static int seconds(const ASN1_TIME *time, int64_t *result) {
    struct tm parts = {0};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    *result = timegm(&parts);
    return 1;
}

int wh_certificate_validity(const wh_certificate *certificate, int64_t *not_before, int64_t *not_after) {
    int done = seconds(X509_get0_notBefore(certificate->x509), not_before)
        && seconds(X509_get0_notAfter(certificate->x509), not_after);
    ERR_clear_error();
    return done;
}

int wh_certificate_extension(
    const wh_certificate *certificate, const char *oid, uint8_t *output, size_t capacity, size_t *length) {
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int index = object == NULL ? -1 : X509_get_ext_by_OBJ(certificate->x509, object, -1);
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    if (index < 0) return 0;
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(certificate->x509, index));
    return wh_copy(
        ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), output, capacity, length);
}

int wh_certificate_subject(const wh_certificate *certificate, uint8_t *output, size_t capacity, size_t *length) {
    BIO *text = BIO_new(BIO_s_mem());
    char *start = NULL;
    int done = 0;
    if (text != NULL && X509_NAME_print_ex(text, X509_get_subject_name(certificate->x509), 0, XN_FLAG_RFC2253) >= 0) {
        long count = BIO_get_mem_data(text, &start);
        done = count >= 0 && wh_copy((const uint8_t *)start, (size_t)count, output, capacity, length);
    }
    BIO_free(text);
    ERR_clear_error();
    return done;
}

int wh_certificate_spki(const wh_certificate *certificate, uint8_t *output, size_t capacity, size_t *length) {
    uint8_t *der = NULL;
    int count = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate->x509), &der);
    ERR_clear_error();
    if (count <= 0) return 0;
    int fits = wh_copy(der, (size_t)count, output, capacity, length);
    OPENSSL_free(der);
    return fits;
}
