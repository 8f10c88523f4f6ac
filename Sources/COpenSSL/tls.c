#include "tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "COpenSSL.h"

static const char GROUPS[] = "X25519:P-256:P-384";
static const unsigned char PROTOCOLS[] = "\x08http/1.1";

/// RFC 7301: a client that offers protocols, but not ours, is refused; one that offers none speaks HTTP/1.1 anyway.
static int choose_protocol(
    SSL *ssl, const unsigned char **chosen, unsigned char *length, const unsigned char *offered, unsigned int size,
    void *unused) {
    (void)ssl;
    (void)unused;
    int found = SSL_select_next_proto(
        (unsigned char **)chosen, length, PROTOCOLS, sizeof PROTOCOLS - 1, offered, size);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// A key under a passphrase is an error, never a question on the terminal of a service.
static int no_passphrase(char *buffer, int size, int writes, void *was_asked) {
    (void)buffer;
    (void)size;
    (void)writes;
    *(int *)was_asked = 1;
    return -1;
}

static int set_up(SSL_CTX *ssl) {
    if (SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1) return 0;
    if (SSL_CTX_set_cipher_list(ssl, TLS12_CIPHERS) != 1) return 0;
    if (SSL_CTX_set1_groups_list(ssl, GROUPS) != 1) return 0;
    SSL_CTX_set_options(
        ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_ENABLE_KTLS);
    // Idle connections hold no buffers; a write that is tried again may come from another address.
    SSL_CTX_set_mode(
        ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    // A record's header and content in one system call.
    SSL_CTX_set_read_ahead(ssl, 1);
    // Tickets carry the sessions; the server remembers none.
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    static const unsigned char name[] = "wheelhouse";
    if (SSL_CTX_set_session_id_context(ssl, name, sizeof name - 1) != 1) return 0;
    SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
    return 1;
}

static int require_client_certificate(SSL_CTX *ssl, const char *authority) {
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(authority);
    if (names == NULL) return 0;
    SSL_CTX_set_client_CA_list(ssl, names);
    if (SSL_CTX_load_verify_file(ssl, authority) != 1) return 0;
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_CLIENT_ONCE, NULL);
    return 1;
}

/// Why the last call failed: the first reason of the queue is the one nearest to the cause. Empties the queue.
static void explain(int has_passphrase, char *reason, size_t size) {
    unsigned long code = ERR_peek_error();
    const char *text = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
    if (has_passphrase) text = "it has a passphrase";
    // What libssl's decoders say when nothing in the file is a key.
    if (text != NULL && strcmp(text, "unsupported") == 0) text = "no private key in PEM";
    snprintf(reason, size, "%s", text == NULL ? "the file is not what it should be" : text);
    ERR_clear_error();
}

/// -1 when all parts are in place, else the part that failed.
static int fill(struct wh_tls_context *context, const char *certificate, const char *key, const char *authority) {
    SSL_CTX *ssl = context->ssl;
    if (!set_up(ssl) || !tls_tickets_begin(context)) return WH_TLS_SETUP;
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1) return WH_TLS_CERTIFICATE;
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1) {
        // libssl compares already here, when the certificate is there first.
        int reason = ERR_GET_REASON(ERR_peek_last_error());
        int mismatch = reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH;
        return mismatch ? WH_TLS_PAIR : WH_TLS_KEY;
    }
    if (SSL_CTX_check_private_key(ssl) != 1) return WH_TLS_PAIR;
    if (authority == NULL) return -1;
    context->wants_client_certificate = 1;
    return require_client_certificate(ssl, authority) ? -1 : WH_TLS_AUTHORITY;
}

wh_tls_context *wh_tls_context_new(
    const char *certificate, const char *key, const char *authority, int *part, char *reason, size_t size) {
    *part = WH_TLS_SETUP;
    snprintf(reason, size, "memory is short");
    struct wh_tls_context *context = calloc(1, sizeof *context);
    if (context == NULL) return NULL;
    pthread_mutex_init(&context->lock, NULL);
    context->ssl = SSL_CTX_new(TLS_server_method());
    int failed = WH_TLS_SETUP;
    int has_passphrase = 0;
    if (context->ssl != NULL) {
        SSL_CTX_set_default_passwd_cb(context->ssl, no_passphrase);
        SSL_CTX_set_default_passwd_cb_userdata(context->ssl, &has_passphrase);
        failed = fill(context, certificate, key, authority);
        SSL_CTX_set_default_passwd_cb_userdata(context->ssl, NULL);
        SSL_CTX_set_default_passwd_cb(context->ssl, NULL);
    }
    if (failed < 0) {
        ERR_clear_error();
        return context;
    }
    *part = failed;
    explain(has_passphrase, reason, size);
    wh_tls_context_free(context);
    return NULL;
}

void wh_tls_context_free(wh_tls_context *context) {
    if (context == NULL) return;
    SSL_CTX_free(context->ssl);
    pthread_mutex_destroy(&context->lock);
    OPENSSL_cleanse(context->tickets, sizeof context->tickets);
    free(context);
}

int64_t wh_tls_context_expiry(const wh_tls_context *context) {
    const X509 *certificate = SSL_CTX_get0_certificate(context->ssl);
    struct tm end;
    if (certificate == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
    return timegm(&end);
}
