#define _GNU_SOURCE 1
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "COpenSSL.h"
#include "tls.h"

// The queue of errors is empty whenever a function of this module begins, because every one leaves it empty:
// SSL_get_error(3) depends on that.

/// What one large write gathers: eight records of 16 KiB with their headers and tags.
static const long GATHERED_BYTES = 8 * ((16 << 10) + 64);

struct wh_tls_session {
    SSL *ssl;
    const struct wh_tls_context *context;
    /// Why it failed; a constant of libssl or libc.
    const char *reason;
    /// Whether the last read(2) got less than it asked for: then the descriptor is empty until it reports again.
    int is_drained;
    int has_failed;
    /// Whether anything has arrived, and whether that cannot be TLS.
    int has_begun;
    int is_plain_http;
    int is_corked;
};

/// Called around every system call of the socket's BIO: BIO_set_callback_ex(3).
static long watch(
    BIO *bio, int operation, const char *bytes, size_t length, int number, long argument, int result,
    size_t *processed) {
    (void)number;
    (void)argument;
    if (operation == (BIO_CB_READ | BIO_CB_RETURN)) {
        struct wh_tls_session *session = (struct wh_tls_session *)BIO_get_callback_arg(bio);
        session->is_drained = result <= 0 || processed == NULL || *processed < length;
        if (!session->has_begun && result > 0 && processed != NULL && *processed > 0) {
            // A handshake begins with a record of type 22 (RFC 8446 §5.1), one of SSL 2.0 with a byte above 127.
            unsigned char first = (unsigned char)bytes[0];
            session->has_begun = 1;
            session->is_plain_http = first != 22 && first < 128;
        }
    }
    return result;
}

static struct wh_tls_session *session_new(wh_tls_context *context, int descriptor) {
    struct wh_tls_session *session = calloc(1, sizeof *session);
    if (session == NULL) return NULL;
    session->context = context;
    session->reason = "";
    session->ssl = SSL_new(context->ssl);
    if (session->ssl == NULL || SSL_set_fd(session->ssl, descriptor) != 1) {
        ERR_clear_error();
        wh_tls_session_free(session);
        return NULL;
    }
    BIO *bio = SSL_get_rbio(session->ssl);
    BIO_set_callback_ex(bio, watch);
    BIO_set_callback_arg(bio, (char *)session);
    return session;
}

wh_tls_session *wh_tls_session_new(wh_tls_context *context, int descriptor) {
    struct wh_tls_session *session = session_new(context, descriptor);
    if (session != NULL) SSL_set_accept_state(session->ssl);
    return session;
}

/// The certificate must be for this name or address (RFC 9525); a name is told to the server (RFC 6066 section 3).
static int expect_host(SSL *ssl, const char *host) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1) return 1;
    ERR_clear_error();
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

wh_tls_session *wh_tls_client_session_new(wh_tls_context *context, int descriptor, const char *host) {
    // An empty name would switch the comparison off: SSL_set1_host(3).
    if (host[0] == 0) return NULL;
    struct wh_tls_session *session = session_new(context, descriptor);
    if (session == NULL) return NULL;
    SSL_set_connect_state(session->ssl);
    if (expect_host(session->ssl, host)) return session;
    ERR_clear_error();
    wh_tls_session_free(session);
    return NULL;
}

void wh_tls_session_free(wh_tls_session *session) {
    if (session == NULL) return;
    SSL_free(session->ssl);
    free(session);
}

static int fail(struct wh_tls_session *session, const char *reason) {
    session->has_failed = 1;
    session->reason = reason == NULL ? "the connection broke" : reason;
    ERR_clear_error();
    return WH_TLS_FAILED;
}

/// What a call of libssl came to that did not return success.
static int outcome(struct wh_tls_session *session, int result) {
    int system_error = errno;
    switch (SSL_get_error(session->ssl, result)) {
        case SSL_ERROR_WANT_READ: return WH_TLS_WANT_READ;
        case SSL_ERROR_WANT_WRITE: return WH_TLS_WANT_WRITE;
        case SSL_ERROR_ZERO_RETURN: return WH_TLS_CLOSED;
        case SSL_ERROR_SYSCALL:
            // After it nothing may be sent, not even a close_notify: SSL_get_error(3).
            session->has_failed = 1;
            if (system_error == 0) {
                ERR_clear_error();
                return WH_TLS_CLOSED;
            }
            return fail(session, strerrordesc_np(system_error));
        default: return fail(session, ERR_reason_error_string(ERR_peek_error()));
    }
}

int wh_tls_handshake(wh_tls_session *session) {
    errno = 0;
    int result = SSL_do_handshake(session->ssl);
    if (result != 1) {
        int code = outcome(session, result);
        long verified = SSL_get_verify_result(session->ssl);
        // Which rule the server's certificate breaks says more than that it breaks one.
        if (code == WH_TLS_FAILED && !SSL_is_server(session->ssl) && verified != X509_V_OK) {
            session->reason = X509_verify_cert_error_string(verified);
        }
        return code;
    }
    if (!session->context->wants_client_certificate) return WH_TLS_DONE;
    // Also a resumed session must have had a certificate.
    if (SSL_get_verify_result(session->ssl) != X509_V_OK || SSL_get0_peer_certificate(session->ssl) == NULL) {
        return fail(session, "the client showed no valid certificate");
    }
    return WH_TLS_DONE;
}

int wh_tls_read(wh_tls_session *session, void *bytes, size_t capacity, size_t *count, int *more) {
    errno = 0;
    int result = SSL_read_ex(session->ssl, bytes, capacity, count);
    if (result != 1) return outcome(session, result);
    *more = !session->is_drained || SSL_has_pending(session->ssl);
    return WH_TLS_DONE;
}

int wh_tls_write(wh_tls_session *session, const void *bytes, size_t count, size_t *written) {
    *written = 0;
    while (*written < count) {
        size_t taken = 0;
        errno = 0;
        // One record at a time, because of SSL_MODE_ENABLE_PARTIAL_WRITE.
        int result = SSL_write_ex(session->ssl, (const char *)bytes + *written, count - *written, &taken);
        if (result != 1) return outcome(session, result);
        *written += taken;
    }
    return WH_TLS_DONE;
}

int wh_tls_cork(wh_tls_session *session) {
    if (session->is_corked || wh_tls_kernel_sends(session)) return 1;
    BIO *buffer = BIO_new(BIO_f_buffer());
    if (buffer == NULL || BIO_set_write_buffer_size(buffer, GATHERED_BYTES) != 1) {
        BIO_free(buffer);
        ERR_clear_error();
        return 0;
    }
    BIO *socket = SSL_get_wbio(session->ssl);
    // The session lets go of the socket's BIO as it takes the chain, which needs a share of its own.
    BIO_up_ref(socket);
    SSL_set0_wbio(session->ssl, BIO_push(buffer, socket));
    session->is_corked = 1;
    return 1;
}

int wh_tls_uncork(wh_tls_session *session) {
    if (!session->is_corked) return WH_TLS_DONE;
    BIO *buffer = SSL_get_wbio(session->ssl);
    errno = 0;
    if (BIO_flush(buffer) != 1) {
        if (BIO_should_retry(buffer)) {
            ERR_clear_error();
            return WH_TLS_WANT_WRITE;
        }
        return fail(session, strerrordesc_np(errno));
    }
    BIO *socket = BIO_next(buffer);
    BIO_up_ref(socket);
    SSL_set0_wbio(session->ssl, socket);
    session->is_corked = 0;
    return WH_TLS_DONE;
}

int wh_tls_kernel_sends(const wh_tls_session *session) {
    return BIO_get_ktls_send(SSL_get_wbio(session->ssl)) != 0;
}

int wh_tls_send_file(wh_tls_session *session, int file, int64_t offset, size_t count, size_t *sent) {
    *sent = 0;
    errno = 0;
    ossl_ssize_t result = SSL_sendfile(session->ssl, file, offset, count, 0);
    if (result >= 0) {
        *sent = (size_t)result;
        return WH_TLS_DONE;
    }
    return outcome(session, -1);
}

void wh_tls_finish(wh_tls_session *session) {
    if (session->has_failed || session->is_corked || !SSL_is_init_finished(session->ssl)) return;
    (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
}

int wh_tls_is_plain_http(const wh_tls_session *session) { return session->is_plain_http; }

const char *wh_tls_reason(const wh_tls_session *session) { return session->reason; }

const char *wh_tls_version(const wh_tls_session *session) { return SSL_get_version(session->ssl); }

int wh_tls_is_resumed(const wh_tls_session *session) { return SSL_session_reused(session->ssl); }
