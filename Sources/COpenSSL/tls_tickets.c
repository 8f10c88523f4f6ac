#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#include "tls.h"

// Session tickets (RFC 5077, RFC 8446 §4.6.1) under keys of our own, because libssl's never change: whoever takes the
// key of a running server could read every TLS 1.2 connection that a ticket of it ever resumed.

// A ticket lives two hours at most (libssl's default time-out of a session), so one old key is enough.
static const time_t ROTATION_SECONDS = 8 * 60 * 60;

static int renew_key(struct ticket_key *key) {
    struct ticket_key fresh = {.made = time(NULL)};
    if (RAND_bytes(fresh.name, sizeof fresh.name) != 1) return 0;
    if (RAND_priv_bytes(fresh.cipher, sizeof fresh.cipher) != 1) return 0;
    if (RAND_priv_bytes(fresh.mac, sizeof fresh.mac) != 1) return 0;
    *key = fresh;
    OPENSSL_cleanse(&fresh, sizeof fresh);
    return 1;
}

/// Copies the key that encrypts now, a new one when its time has come.
static int current_key(struct wh_tls_context *context, struct ticket_key *key) {
    int done = 1;
    pthread_mutex_lock(&context->lock);
    if (time(NULL) - context->tickets[0].made >= ROTATION_SECONDS) {
        struct ticket_key last = context->tickets[0];
        done = renew_key(&context->tickets[0]);
        if (done) context->tickets[1] = last;
        OPENSSL_cleanse(&last, sizeof last);
    }
    *key = context->tickets[0];
    pthread_mutex_unlock(&context->lock);
    return done;
}

/// Copies the key with this name. Returns 0 for none, 1 for the current one, 2 for the one before it.
static int named_key(struct wh_tls_context *context, const unsigned char *name, struct ticket_key *key) {
    int found = 0;
    pthread_mutex_lock(&context->lock);
    for (int i = 0; i < 2 && found == 0; i++) {
        const struct ticket_key *candidate = &context->tickets[i];
        // A key that nobody has rotated, because no ticket was made since, ends all the same.
        if (candidate->made == 0 || time(NULL) - candidate->made >= 2 * ROTATION_SECONDS) continue;
        if (memcmp(candidate->name, name, sizeof candidate->name) != 0) continue;
        *key = *candidate;
        found = i + 1;
    }
    pthread_mutex_unlock(&context->lock);
    return found;
}

static int use_key(
    const struct ticket_key *key, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypts) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac, sizeof key->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return 0;
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv, encrypts) == 1;
}

/// libssl's question: SSL_CTX_set_tlsext_ticket_key_evp_cb(3). -1 fails, 0 no ticket, 1 fine, 2 fine but make a new one.
static int ticket_key(
    SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypts) {
    struct wh_tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct ticket_key key;
    int outcome = -1;
    if (encrypts) {
        if (current_key(context, &key) && RAND_bytes(iv, EVP_MAX_IV_LENGTH) == 1) {
            memcpy(name, key.name, sizeof key.name);
            outcome = use_key(&key, iv, cipher, mac, 1) ? 1 : -1;
        }
    } else {
        outcome = named_key(context, name, &key);
        if (outcome == 0) return 0;
        if (!use_key(&key, iv, cipher, mac, 0)) outcome = -1;
    }
    OPENSSL_cleanse(&key, sizeof key);
    return outcome;
}

int tls_tickets_begin(struct wh_tls_context *context) {
    if (!renew_key(&context->tickets[0])) return 0;
    SSL_CTX_set_app_data(context->ssl, context);
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(context->ssl, ticket_key) == 1;
}
