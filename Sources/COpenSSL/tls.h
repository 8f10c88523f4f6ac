#pragma once

// What the files of the TLS part share; not part of the border.

#include <openssl/ssl.h>
#include <pthread.h>
#include <time.h>

/// A key that encrypts session tickets.
struct ticket_key {
    unsigned char name[16];
    unsigned char cipher[32];
    unsigned char mac[32];
    time_t made;
};

struct wh_tls_context {
    SSL_CTX *ssl;
    int wants_client_certificate;
    /// Protects `tickets`: [0] encrypts, [1] is the one before it; `made` 0 for none.
    pthread_mutex_t lock;
    struct ticket_key tickets[2];
};

/// Makes the first ticket key and lets libssl use it. 0 when there is no entropy.
int tls_tickets_begin(struct wh_tls_context *context);

/// The cipher suites of TLS 1.2 that both sides take: forward secrecy and authenticated encryption.
#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
