#include "COpenSSL.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

int wh_random(uint8_t *output, size_t count) {
    if (count > INT_MAX) return 0;
    if (RAND_bytes(output, (int)count) == 1) return 1;
    ERR_clear_error();
    return 0;
}

int wh_equal_constant_time(const void *left, const void *right, size_t count) {
    return CRYPTO_memcmp(left, right, count) == 0;
}
