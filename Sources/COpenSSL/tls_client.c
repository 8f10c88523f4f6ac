#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "COpenSSL.h"
#include "tls.h"

static const unsigned char PROTOCOLS[] = "\x08http/1.1";

static int set_up(SSL_CTX *ssl) {
    if (SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1) return 0;
    if (SSL_CTX_set_cipher_list(ssl, TLS12_CIPHERS) != 1) return 0;
    // Unlike others, this function returns 0 when it is done.
    if (SSL_CTX_set_alpn_protos(ssl, PROTOCOLS, sizeof PROTOCOLS - 1) != 0) return 0;
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    return 1;
}

wh_tls_context *wh_tls_client_context_new(const char *authority, char *reason, size_t size) {
    snprintf(reason, size, "memory is short");
    struct wh_tls_context *context = calloc(1, sizeof *context);
    if (context == NULL) return NULL;
    pthread_mutex_init(&context->lock, NULL);
    context->ssl = SSL_CTX_new(TLS_client_method());
    if (context->ssl != NULL && set_up(context->ssl)) {
        int done = authority == NULL ? SSL_CTX_set_default_verify_paths(context->ssl)
                                     : SSL_CTX_load_verify_file(context->ssl, authority);
        if (done == 1) {
            ERR_clear_error();
            return context;
        }
        unsigned long code = ERR_peek_error();
        const char *text = ERR_reason_error_string(code);
        snprintf(reason, size, "%s", text == NULL ? "the file holds no certificates in PEM" : text);
    }
    ERR_clear_error();
    wh_tls_context_free(context);
    return NULL;
}
