/* SPDX-License-Identifier: Apache-2.0 */
#include "sha384.h"

#define BLOCK 128
#define ROUNDS 80
#define STATE_WORDS 8
#define LENGTH_BYTES 16 /* at the end of the last block: the message's bits */

/* Fractions of the cube roots of the first 80 primes [FIPS 180-4, 4.2.3]. */
static const unsigned long round_constants[ROUNDS] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* Fractions of the square roots of the ninth to the sixteenth prime [FIPS 180-4, 5.3.4]. */
static const unsigned long initial_state[STATE_WORDS] = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};

static unsigned long rotate(unsigned long word, unsigned int bits) { return word >> bits | word << (64 - bits); }

static void add_block(unsigned long state[STATE_WORDS], const unsigned char *block) {
  unsigned long w[ROUNDS];
  for (unsigned int i = 0; i < BLOCK / 8; i++) w[i] = __builtin_bswap64(((const unsigned long *)block)[i]);
  for (unsigned int i = BLOCK / 8; i < ROUNDS; i++)
    w[i] = w[i - 16] + w[i - 7] + (rotate(w[i - 15], 1) ^ rotate(w[i - 15], 8) ^ w[i - 15] >> 7) +
           (rotate(w[i - 2], 19) ^ rotate(w[i - 2], 61) ^ w[i - 2] >> 6);
  unsigned long a = state[0], b = state[1], c = state[2], d = state[3];
  unsigned long e = state[4], f = state[5], g = state[6], h = state[7];
  for (unsigned int i = 0; i < ROUNDS; i++) {
    unsigned long added = h + (rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41)) + ((e & f) ^ (~e & g)) +
                          round_constants[i] + w[i];
    unsigned long mixed = (rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + added;
    d = c;
    c = b;
    b = a;
    a = added + mixed;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

void sha384(const unsigned char *data, unsigned long length, unsigned char digest[KVMPL_MEASUREMENT_BYTES]) {
  unsigned long state[STATE_WORDS];
  for (unsigned int i = 0; i < STATE_WORDS; i++) state[i] = initial_state[i];
  unsigned long left = length;
  for (; left >= BLOCK; left -= BLOCK, data += BLOCK) add_block(state, data);

  /* What is left, a one bit, zeros, the length: in one block or two. */
  unsigned char last[2 * BLOCK];
  unsigned long bytes = left + 1 + LENGTH_BYTES <= BLOCK ? BLOCK : 2 * BLOCK;
  for (unsigned long i = 0; i < bytes; i++) last[i] = i < left ? data[i] : i == left ? 0x80 : 0;
  for (unsigned int i = 0; i < 8; i++) last[bytes - 1 - i] = (unsigned char)(length << 3 >> 8 * i);
  last[bytes - 9] = (unsigned char)(length >> 61);
  for (unsigned long at = 0; at < bytes; at += BLOCK) add_block(state, last + at);

  for (unsigned int i = 0; i < KVMPL_MEASUREMENT_BYTES; i++)
    digest[i] = (unsigned char)(state[i / 8] >> (56 - i % 8 * 8));
}
