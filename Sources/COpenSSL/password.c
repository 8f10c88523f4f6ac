#include "COpenSSL.h"

#include <openssl/err.h>
#include <openssl/evp.h>

int wh_scrypt(const void *password, size_t password_count, const void *salt, size_t salt_count, int log_cost,
              uint8_t output[32]) {
    if (log_cost < 1 || log_cost > 24) return 0;
    const uint64_t cost = (uint64_t)1 << log_cost;
    // With a limit of 0 libcrypto refuses every cost from 2^15 on.
    const uint64_t memory = 128 * cost * 8 + (1 << 20);
    if (EVP_PBE_scrypt(password, password_count, salt, salt_count, cost, 8, 1, memory, output, 32) == 1) return 1;
    ERR_clear_error();
    return 0;
}
