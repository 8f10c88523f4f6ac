#include "blake2b.h"

#include <string.h>

// RFC 7693 §2.6: the initialization vector, the same numbers as SHA-512's.
static const uint64_t initial[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

// RFC 7693 §2.7: which message word each round takes; rounds 10 and 11 repeat 0 and 1 (§3.2).
static const uint8_t sigma[12][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
};

static uint64_t load(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t rotate_right(uint64_t word, int bits) {
    return (word >> bits) | (word << (64 - bits));
}

// RFC 7693 §3.1, the mixing function G. A macro so that the state stays in registers.
#define G(a, b, c, d, x, y)                \
    do {                                   \
        a = a + b + (x);                   \
        d = rotate_right(d ^ a, 32);       \
        c = c + d;                         \
        b = rotate_right(b ^ c, 24);       \
        a = a + b + (y);                   \
        d = rotate_right(d ^ a, 16);       \
        c = c + d;                         \
        b = rotate_right(b ^ c, 63);       \
    } while (0)

#define ROUND(r)                                                          \
    do {                                                                  \
        G(v[0], v[4], v[8], v[12], m[sigma[r][0]], m[sigma[r][1]]);       \
        G(v[1], v[5], v[9], v[13], m[sigma[r][2]], m[sigma[r][3]]);       \
        G(v[2], v[6], v[10], v[14], m[sigma[r][4]], m[sigma[r][5]]);      \
        G(v[3], v[7], v[11], v[15], m[sigma[r][6]], m[sigma[r][7]]);      \
        G(v[0], v[5], v[10], v[15], m[sigma[r][8]], m[sigma[r][9]]);      \
        G(v[1], v[6], v[11], v[12], m[sigma[r][10]], m[sigma[r][11]]);    \
        G(v[2], v[7], v[8], v[13], m[sigma[r][12]], m[sigma[r][13]]);     \
        G(v[3], v[4], v[9], v[14], m[sigma[r][14]], m[sigma[r][15]]);     \
    } while (0)

// RFC 7693 §3.2, the compression function F; `count` is what this block adds to the number of bytes hashed.
static void compress(struct blake2b *hash, const uint8_t *block, size_t count, int is_last) {
    uint64_t v[16];
    uint64_t m[16];
    hash->count_low += count;
    hash->count_high += hash->count_low < count;
    for (int i = 0; i < 16; i++) m[i] = load(block + 8 * i);
    for (int i = 0; i < 8; i++) {
        v[i] = hash->state[i];
        v[i + 8] = initial[i];
    }
    v[12] ^= hash->count_low;
    v[13] ^= hash->count_high;
    if (is_last) v[14] = ~v[14];
    ROUND(0);
    ROUND(1);
    ROUND(2);
    ROUND(3);
    ROUND(4);
    ROUND(5);
    ROUND(6);
    ROUND(7);
    ROUND(8);
    ROUND(9);
    ROUND(10);
    ROUND(11);
    for (int i = 0; i < 8; i++) hash->state[i] ^= v[i] ^ v[i + 8];
}

void blake2b_begin(struct blake2b *hash, size_t output_count) {
    memset(hash, 0, sizeof *hash);
    memcpy(hash->state, initial, sizeof initial);
    // RFC 7693 §3.3: the parameter block, fanout 1, depth 1, no key.
    hash->state[0] ^= 0x01010000 ^ output_count;
    hash->output_count = output_count;
}

void blake2b_update(struct blake2b *hash, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    // A full block waits until more bytes come, because the last block is compressed differently.
    if (hash->waiting > 0) {
        size_t room = sizeof hash->block - hash->waiting;
        size_t taken = count < room ? count : room;
        memcpy(hash->block + hash->waiting, next, taken);
        hash->waiting += taken;
        next += taken;
        count -= taken;
        if (count == 0) return;
        compress(hash, hash->block, sizeof hash->block, 0);
        hash->waiting = 0;
    }
    while (count > sizeof hash->block) {
        compress(hash, next, sizeof hash->block, 0);
        next += sizeof hash->block;
        count -= sizeof hash->block;
    }
    if (count > 0) memcpy(hash->block, next, count);
    hash->waiting = count;
}

void blake2b_finish(struct blake2b *hash, uint8_t *output) {
    memset(hash->block + hash->waiting, 0, sizeof hash->block - hash->waiting);
    compress(hash, hash->block, hash->waiting, 1);
    for (size_t i = 0; i < hash->output_count; i++) {
        output[i] = (uint8_t)(hash->state[i / 8] >> (8 * (i % 8)));
    }
}
